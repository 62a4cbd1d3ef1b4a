import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** File with the state of the job's directory before the job ran. */
export const baselineFile = 'baseline.json';

const baselineSchema = z.object({
  workspaceId: z.int(),
  jobId: z.int(),
  /** By name: the mark of a file that the job may change, and nothing for one that is only read. */
  marks: z.record(z.string(), z.string()),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** Changes with each change of a file, as rsync takes it. */
export async function fileMark(path: string): Promise<string> {
  const { size, mtimeNs, ino } = await lstat(path, { bigint: true });
  return `${size} ${mtimeNs} ${ino}`;
}

/** @throws Error if the job's directory has none */
export async function readBaseline(place: string): Promise<Baseline> {
  return baselineSchema.parse(JSON.parse(await readFile(join(place, baselineFile), 'utf8')));
}
