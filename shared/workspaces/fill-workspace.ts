import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { PermanentError } from '../platform/errors.ts';
import { transact } from '../platform/transaction.ts';
import type { WorkspacesContext } from './context.ts';
import { stateUpdate } from './create-workspace.ts';
import { endJob } from './end-job.ts';
import { NotReadyError } from './errors.ts';
import { registerFiles, workspacePrefix } from './files.ts';
import { readJob, readWorkspace } from './find.ts';
import { hasEnded } from './job-state.ts';
import { putLinks, resolveLinks, type SentLink } from './links.ts';
import type { WorkspaceViewer } from './users.ts';

/** Content of a workspace that was made for a job. */
export interface Filling {
  /** Objects that are copied, of at most 5 GB. */
  files: readonly { name: string; bucket: string; key: string; size: number; etag: string }[];
  links: readonly SentLink[];
}

/**
 * Puts into a workspace what its job works on, with the rights that the owner has now, and starts the job. Repeated, it comes to the
 * same. A job whose files or links are not to be had any more fails with the reason.
 */
export async function fillWorkspace(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  { workspaceId, jobId }: { workspaceId: number; jobId: number },
  filling: Filling,
): Promise<void> {
  const { userId } = viewer;
  const id = { userId, workspaceId };
  const workspace = await readWorkspace(context, id);
  if (workspace?.state === 'initializing') {
    try {
      await putAll(context, viewer, { ...id, projectNo: workspace.projectNo }, filling);
    } catch (error) {
      // A workspace that is being deleted takes its job with it.
      if (error instanceof NotReadyError) return;
      if (!(error instanceof PermanentError)) throw error;
      return giveUpFilling(context, { ...id, jobId }, error.message);
    }
    await transact(context.db, context.clock, [{ Update: stateUpdate(context, id, 'idle') }]);
  }
  const job = await readJob(context, { userId, jobId });
  if (job && hasEnded(job.state)) await context.follower?.ended(job);
  // A job that was launched has an execution.
  else if (job && job.handle === undefined) await context.jobs.start({ userId, jobId });
}

/** Ends the job of a workspace that cannot be filled as failed. The workspace stays, as it is. @param reason for people */
export async function giveUpFilling(
  context: WorkspacesContext,
  { jobId, ...id }: { userId: number; workspaceId: number; jobId: number },
  reason: string,
): Promise<void> {
  const job = await endJob(context, { userId: id.userId, jobId }, { state: 'failed', coreHours: 0, reason });
  await transact(context.db, context.clock, [{ Update: stateUpdate(context, id, 'idle') }]);
  if (job) await context.follower?.ended(job);
}

async function putAll(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  workspace: { userId: number; workspaceId: number; projectNo: string | undefined },
  { files, links }: Filling,
): Promise<void> {
  const { s3, name: Bucket } = context.workspacesBucket;
  const { workspaceId } = workspace;
  const resolved = await resolveLinks(context, viewer, links, workspace.projectNo);
  if ('notFound' in resolved) throw new PermanentError(`The file ${resolved.notFound} is not there any more`);
  const copied = [];
  for (const [index, { name, bucket, key, size, etag }] of files.entries()) {
    // The same key when it is repeated.
    const to = `${workspacePrefix(workspaceId)}files/given-${index}`;
    copied.push({ name, key: to, size, etag: await copy(`${bucket}/${key}`, to, etag), requested: index });
  }
  await registerFiles(context, workspace, copied);
  await putLinks(context, workspaceId, resolved.links, 0);

  async function copy(CopySource: string, Key: string, CopySourceIfMatch: string): Promise<string> {
    try {
      const { CopyObjectResult } = await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, CopySourceIfMatch }));
      return CopyObjectResult?.ETag ?? '';
    } catch (error) {
      if (error instanceof Error && ['NoSuchKey', 'PreconditionFailed'].includes(error.name)) {
        throw new PermanentError('A file of the process is not there any more');
      }
      throw error;
    }
  }
}
