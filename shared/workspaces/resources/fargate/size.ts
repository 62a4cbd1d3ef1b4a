import { PermanentError } from '../../../platform/errors.ts';

/** Multiples of a step in MiB, both ends included. */
const steps = (from: number, to: number, step: number) =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

/** Sizes of tasks: cores, and the MiB that go with them (Amazon ECS developer guide, "Task size"). */
const sizes: readonly { cores: number; memoryMb: readonly number[] }[] = [
  { cores: 1, memoryMb: steps(2_048, 8_192, 1_024) },
  { cores: 2, memoryMb: steps(4_096, 16_384, 1_024) },
  { cores: 4, memoryMb: steps(8_192, 30_720, 1_024) },
  { cores: 8, memoryMb: steps(16_384, 61_440, 4_096) },
  { cores: 16, memoryMb: steps(32_768, 122_880, 8_192) },
];

/** GiB that every task has, and the most that it may have. */
const [freeDisk, maxDisk] = [20, 200];

export interface TaskSize {
  cores: number;
  memoryMb: number;
}

/**
 * Chooses the smallest task that has enough for a job.
 *
 * @throws PermanentError if no task is large enough
 */
export function taskSize(cores: number, memoryMb: number): TaskSize {
  for (const size of sizes) {
    const memory = size.cores >= cores ? size.memoryMb.find((each) => each >= memoryMb) : undefined;
    if (memory !== undefined) return { cores: size.cores, memoryMb: memory };
  }
  throw new PermanentError(`No task of Fargate has ${cores} cores and ${memoryMb} MiB`);
}

/**
 * Disk of a task: the inputs of its job, and room for work.
 *
 * @param inputs in bytes
 * @param room in GiB
 * @returns GiB; undefined if that is no more than every task has
 * @throws PermanentError if no task has that much
 */
export function diskSize(inputs: number, room: number): number | undefined {
  const needed = room + Math.ceil(inputs / 1024 ** 3);
  if (needed > maxDisk)
    throw new PermanentError(`The job needs ${needed} GiB of disk; a task of Fargate has ${maxDisk}`);
  return needed > freeDisk ? needed : undefined;
}
