import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { WorkspacesContext } from './context.ts';
import { type JobLog, jobObjectKey } from './resources/job-objects.ts';

/** The end of what a job has printed so far. @param bytes of each stream, at most */
export async function readJobLog(
  context: Pick<WorkspacesContext, 'workspacesBucket'>,
  { workspaceId, jobId }: { workspaceId: number; jobId: number },
  bytes: number,
): Promise<Record<JobLog, string>> {
  const read = (log: JobLog) => readEnd(context, jobObjectKey(workspaceId, jobId, log), bytes);
  const [stdout, stderr] = await Promise.all([read('stdout'), read('stderr')]);
  return { stdout, stderr };
}

async function readEnd(
  { workspacesBucket: { s3, name: Bucket } }: Pick<WorkspacesContext, 'workspacesBucket'>,
  Key: string,
  bytes: number,
): Promise<string> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=-${bytes}` }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    // Nothing was printed yet, or the stream is empty.
    if (error instanceof Error && ['NoSuchKey', 'InvalidRange'].includes(error.name)) return '';
    throw error;
  }
}
