import { createHash } from 'node:crypto';

/** Output streams of a job, kept as objects of these names. */
export type JobLog = 'stdout' | 'stderr';

/** Key of an object about a job in the bucket of workspaces. */
export const jobObjectKey = (workspaceId: number, jobId: number, name: string): string =>
  `workspaces/${workspaceId}/jobs/${jobId}/${name}`;

/** Beginning of the keys of the files that a job left. */
export const outputPrefix = (workspaceId: number, jobId: number): string =>
  `workspaces/${workspaceId}/files/job-${jobId}-`;

/** Key of a file that a job left: the same when the upload is repeated, and never that of another job's file. */
export function outputKey(workspaceId: number, jobId: number, name: string): string {
  const hash = createHash('sha256').update(name).digest('base64url').slice(0, 22);
  return outputPrefix(workspaceId, jobId) + hash;
}
