import { updateExpression } from '../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted, updateItem } from '../platform/transaction.ts';
import type { JobId, RemovalContext } from './context.ts';
import { readJob } from './find.ts';
import { isNotable, noticeWrite } from './job-notice.ts';
import { hasEnded, type JobState, mayBecome } from './job-state.ts';
import { jobKey } from './keys.ts';
import type { JobRow } from './rows.ts';

/** A change of a job that has not ended. */
export type JobChange = Partial<
  Pick<JobRow, 'resourceJobId' | 'handle' | 'current' | 'metrics' | 'proxy' | 'jobDetails'>
> & {
  state?: Exclude<JobState, 'complete' | 'failed'>;
};

/**
 * Changes a job that has not ended, unless somebody else changed it since it was read: then `decide` is asked again. A state
 * that the job may not go to is left out, so that reports in disorder never take a state back.
 *
 * @param decide by the job as it is; undefined for no change
 * @returns the job as it is then; undefined when there is none
 */
export async function changeJob(
  context: Pick<RemovalContext, 'db' | 'clock' | 'tables'>,
  id: JobId,
  decide: (job: JobRow) => JobChange | undefined,
): Promise<JobRow | undefined> {
  const { db, clock, tables } = context;
  return untilCommitted(`Job ${id.jobId}`, async () => {
    const job = await readJob(context, id);
    const change = job && !hasEnded(job.state) ? decide(job) : undefined;
    if (!job || !change) return job;
    const { state = job.state, ...facts } = change;
    const next = mayBecome(job.state, state) ? state : job.state;
    const starts = next === 'running' && job.startedAt === undefined;
    const now = clock.now();
    const metrics = {
      ...job.metrics,
      ...change.metrics,
      ...(starts && { time_pending: (now - job.createdAt) / 1_000 }),
    };
    const changes = {
      ...facts,
      metrics,
      state: next,
      ...(starts && { startedAt: now }),
      ...(next === 'stopping' && job.state !== next && { stopAskedAt: now }),
      version: job.version + 1,
    };
    const update = {
      TableName: tables.workspaces,
      Key: jobKey(id),
      ConditionExpression: 'version = :read',
      ...updateExpression(changes, { ':read': job.version }),
    };
    const after = { ...job, ...changes };
    const outcome = isNotable(job, after)
      ? await transact(db, clock, [{ Update: update }, noticeWrite(context, after)])
      : await updateItem(db, update);
    return outcome === 'committed' ? after : tryAgain;
  });
}
