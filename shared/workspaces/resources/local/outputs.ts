import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../../platform/errors.ts';
import { isSafeName } from '../../names.ts';
import { type JobLog, jobObjectKey, outputKey } from '../job-objects.ts';
import type { OutputFile } from '../resource.ts';
import { fileMark, readBaseline } from './baseline.ts';
import { storeFile } from './store-file.ts';

interface Target {
  s3: S3Client;
  bucket: string;
}

/** Most bytes that are kept of each log: its end. */
const maxLogBytes = 10 * 1024 ** 2;
/** Most files that a job may leave. */
const maxOutputs = 10_000;

/** Stores the end of the job's output streams. */
export async function saveLogs(target: Target, place: string): Promise<void> {
  const { workspaceId, jobId } = await readBaseline(place);
  for (const log of ['stdout', 'stderr'] satisfies JobLog[]) {
    await using file = await openIfThere(join(place, log));
    if (!file) continue;
    const { size } = await file.stat();
    const length = Math.min(size, maxLogBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const Key = jobObjectKey(workspaceId, jobId, log);
    const Body = buffer.subarray(0, bytesRead);
    await target.s3.send(new PutObjectCommand({ Bucket: target.bucket, Key, Body, ContentType: 'text/plain' }));
  }
}

/**
 * Stores the regular files that the job has made or changed, without those whose name or directory begins with a dot. Links are
 * not followed.
 *
 * @throws PermanentError if there are too many, or a name that a workspace cannot have
 */
export async function saveOutputs(target: Target, place: string): Promise<OutputFile[]> {
  const { workspaceId, jobId, marks } = await readBaseline(place);
  const outputs: OutputFile[] = [];
  for await (const name of filesBelow(join(place, 'work'))) {
    const path = join(place, 'work', name);
    const before = marks[name];
    if (before === '' || before === (await fileMark(path))) continue;
    if (!isSafeName(name))
      throw new PermanentError(`The job left a file whose name a workspace cannot have: ${JSON.stringify(name)}`);
    if (outputs.length === maxOutputs) throw new PermanentError(`The job left more than ${maxOutputs} files`);
    await using file = await openIfThere(path);
    if (!file) continue;
    const key = outputKey(workspaceId, jobId, name);
    outputs.push({ name, key, ...(await storeFile(target.s3, file, { Bucket: target.bucket, Key: key })) });
  }
  return outputs;
}

async function* filesBelow(directory: string, prefix = ''): AsyncGenerator<string> {
  const entries = await readdir(join(directory, prefix), { withFileTypes: true });
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(directory, name);
    else if (entry.isFile()) yield name;
  }
}

/** Opens a regular file without following a link. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ELOOP'].includes(`${error.code}`)) return undefined;
    throw error;
  }
}
