import { createWriteStream } from 'node:fs';
import { chmod, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../../../platform/concurrency.ts';
import { TransientError } from '../../../platform/errors.ts';
import type { StagedFile } from '../../job-inputs.ts';
import type { JobToRun } from '../resource.ts';
import { type Baseline, baselineFile, fileMark } from './baseline.ts';

interface Source {
  s3: S3Client;
  buckets: { workspaces: string; files: string };
}

/** Files that are fetched at once. */
const concurrency = 4;

/**
 * Puts the inputs into `work` of a directory that no other attempt uses, with the baseline beside it.
 *
 * @throws TransientError if an input was replaced or removed since it was listed: another attempt lists anew
 */
export async function stageIn(source: Source, staged: string, job: JobToRun): Promise<void> {
  const work = join(staged, 'work');
  await Promise.all([work, join(staged, 'incoming')].map((path) => mkdir(path, { recursive: true })));
  await forEachConcurrently([...job.inputs.entries()], concurrency, async ([index, input]) => {
    const path = join(work, input.path);
    const incoming = join(staged, 'incoming', `${index}`);
    await fetchFile(source, input, incoming);
    if (input.readOnly) await chmod(incoming, 0o444);
    await mkdir(dirname(path), { recursive: true });
    await rename(incoming, path);
  });
  await rm(join(staged, 'incoming'), { recursive: true, force: true });
  const marks = job.inputs.map(
    async ({ path, readOnly }) => [path, readOnly ? '' : await fileMark(join(work, path))] as const,
  );
  const { workspaceId, jobId } = job;
  const baseline: Baseline = { workspaceId, jobId, marks: Object.fromEntries(await Promise.all(marks)) };
  await writeFile(join(staged, baselineFile), JSON.stringify(baseline), { mode: 0o600 });
}

async function fetchFile({ s3, buckets }: Source, { bucket, key, etag, size, path }: StagedFile, to: string) {
  try {
    const answer = await s3.send(
      new GetObjectCommand({ Bucket: buckets[bucket], Key: key, ...(etag && { IfMatch: etag }) }),
    );
    if (!(answer.Body instanceof Readable)) throw new TransientError('S3: the answer has no body');
    await pipeline(answer.Body, createWriteStream(to, { highWaterMark: 1024 ** 2 }));
  } catch (error) {
    if (error instanceof Error && ['NoSuchKey', 'PreconditionFailed'].includes(error.name)) {
      throw new TransientError(`The file ${path} was replaced or removed meanwhile`);
    }
    throw error;
  }
  if ((await lstat(to)).size !== size) throw new TransientError(`S3: ${path} broke off before its end`);
}
