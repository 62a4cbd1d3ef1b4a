import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../../../platform/concurrency.ts';
import { cut } from '../../../platform/cut.ts';
import { PermanentError } from '../../../platform/errors.ts';
import { isSafeName } from '../../names.ts';
import { jobObjectKey } from '../job-objects.ts';
import { jobServerSchema } from '../job-server.ts';
import type { JobServer, JobStatus, OutputFile } from '../resource.ts';
import { type StagingOptions, slotKey } from './addresses.ts';
import { killDelay, maxOutputs } from './limits.ts';

const concurrency = 8;

/** Reads and writes the objects by which a job that stages its files itself and the gateway talk. */
export function stagedJob({ s3, buckets }: StagingOptions, workspaceId: number, jobId: number) {
  const at = (name: string) => ({ Bucket: buckets.workspaces, Key: jobObjectKey(workspaceId, jobId, name) });

  async function read(name: string): Promise<string | undefined> {
    try {
      const answer = await s3.send(new GetObjectCommand(at(name)));
      if ((answer.ContentLength ?? 0) > maxBytes) throw new PermanentError(`${at(name).Key} is too large`);
      return await answer.Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  return {
    /** Keeps the program that the job fetches. @returns its object */
    async keepProgram(program: string) {
      await s3.send(new PutObjectCommand({ ...at('program'), Body: program }));
      return at('program');
    },
    /** End of the job by its program; undefined before the end, or for a job that could not tell it. */
    async ended(): Promise<JobStatus | undefined> {
      const text = await read('ended');
      return text === undefined ? undefined : endOf(text);
    },
    /** Asks the job to end. @returns whether it has had its time to store what it left, and must be killed */
    async askToEnd(): Promise<boolean> {
      const asked = await s3
        .send(new HeadObjectCommand(at('stop')))
        .then(({ LastModified }) => LastModified, unlessMissing);
      if (!asked) await s3.send(new PutObjectCommand({ ...at('stop'), Body: '' }));
      return asked !== undefined && asked.getTime() + killDelay < Date.now();
    },
    async server(): Promise<JobServer | undefined> {
      const text = await read('server');
      return text === undefined ? undefined : jobServerSchema.parse(JSON.parse(text));
    },
    /** @returns the files that the job left, by their names */
    async outputs(): Promise<OutputFile[]> {
      const listed = parseOutputs((await read('outputs')) ?? '');
      const outputs: OutputFile[] = [];
      await forEachConcurrently(listed, concurrency, async ({ slot, name }) => {
        const key = slotKey(workspaceId, jobId, slot);
        const head = await s3.send(new HeadObjectCommand({ Bucket: buckets.workspaces, Key: key }));
        outputs.push({ name, key, size: head.ContentLength ?? 0, etag: head.ETag ?? '' });
      });
      return outputs.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    },
    async remove(): Promise<void> {
      // The request to end stays with the workspace: a job that could not be ended finds it as long as it runs.
      for (const name of ['program', 'server', 'outputs', 'ended']) await s3.send(new DeleteObjectCommand(at(name)));
    },
  };
}

/** End of a job by its script: exit code, seconds since 1970, reason. */
function endOf(text: string): JobStatus {
  const [, code, at, reason] = /^(\d{1,3}) (\d{1,12}) ?(.*)$/.exec(text.trim()) ?? [];
  if (code === undefined) throw new PermanentError('The job told its end in no form that is known');
  const exitCode = Number(code);
  const endedAt = Number(at) * 1_000;
  if (reason === 'stopped' || reason === 'time limit') return { state: 'complete', exitCode, reason, endedAt };
  if (exitCode === 0) return { state: 'complete', exitCode, endedAt };
  return { state: 'failed', exitCode, reason: cut(reason ?? '', 300) || `exit code ${exitCode}`, endedAt };
}

/** @throws PermanentError for a list that the script would not make, or a name that a workspace cannot have */
function parseOutputs(text: string): { slot: number; name: string }[] {
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.length > maxOutputs) throw new PermanentError(`The job left more than ${maxOutputs} files`);
  return lines.map((line) => {
    const [, slot, encoded = ''] = /^(\d{1,3}) \d+ ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
    if (slot === undefined) throw new PermanentError('The list of files that the job left has no form that is known');
    const name = Buffer.from(encoded, 'base64').toString();
    if (!isSafeName(name)) {
      throw new PermanentError(`The job left a file whose name a workspace cannot have: ${JSON.stringify(name)}`);
    }
    return { slot: Number(slot), name };
  });
}

/** Most bytes of an object that a job writes about itself. */
const maxBytes = 1024 ** 2;

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey')) return;
  throw error;
}
