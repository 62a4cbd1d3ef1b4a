import { parentPort, workerData } from 'node:worker_threads';
import { lock } from '../../../infra/local/lock.ts';
import { ConfigurationError } from '../../../shared/platform/errors.ts';

// A thread that locks directories at the same moment as another one, and reports those that it got.

const { directories, arrived } = workerData as { directories: string[]; arrived: Int32Array };

// Garbage collection would release them.
const held: Disposable[] = [];
const taken = directories.filter((directory, index) => {
  Atomics.add(arrived, index, 1);
  while (Atomics.load(arrived, index) < 2);
  try {
    held.push(lock(directory));
    return true;
  } catch (error) {
    if (error instanceof ConfigurationError) return false;
    throw error;
  }
});
parentPort?.postMessage(taken);
