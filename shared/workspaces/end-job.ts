import { updateExpression } from '../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted } from '../platform/transaction.ts';
import type { JobId, WorkspacesContext } from './context.ts';
import { readJob } from './find.ts';
import { noticeWrite } from './job-notice.ts';
import { hasEnded } from './job-state.ts';
import { jobKey, workspaceKey } from './keys.ts';
import { loadWrites } from './resource-load.ts';
import type { JobRow } from './rows.ts';
import { holdersOf, usageWrites } from './usage-limits.ts';

export interface JobEnd {
  state: 'complete' | 'failed';
  /** Units of 0.00001 hours, see `coreHoursOf`. */
  coreHours: number;
  exitCode?: number | undefined;
  /** For people. */
  reason?: string | undefined;
}

/**
 * Ends a job, and gives back what it counted for, in one transaction: only the first end counts.
 *
 * @returns the job as it is then; undefined when there is none
 */
export async function endJob(context: WorkspacesContext, id: JobId, end: JobEnd): Promise<JobRow | undefined> {
  const { db, clock, tables } = context;
  return untilCommitted(`Job ${id.jobId}`, async () => {
    const job = await readJob(context, id);
    if (!job || hasEnded(job.state)) return job;
    const { state, coreHours, exitCode, reason } = end;
    const { time_left: _, stale: __, ...kept } = job.current;
    const changes = {
      state,
      coreHours,
      endedAt: clock.now(),
      current: {
        ...kept,
        ...(exitCode !== undefined && { exit_code: exitCode }),
        ...(reason !== undefined && { reason }),
      },
      proxy: undefined,
      version: job.version + 1,
    };
    const outcome = await transact(db, clock, [
      {
        Update: {
          TableName: tables.workspaces,
          Key: jobKey(id),
          ConditionExpression: 'version = :read',
          ...updateExpression(changes, { ':read': job.version }),
        },
      },
      {
        Update: {
          TableName: tables.workspaces,
          Key: workspaceKey(job),
          UpdateExpression: 'SET lastJobEndedAt = :now ADD activeJobs :minusOne, version :one',
          ExpressionAttributeValues: { ':now': changes.endedAt, ':minusOne': -1, ':one': 1 },
        },
      },
      ...usageWrites(context, holdersOf(job), {
        activeJobs: -1,
        coreHours: coreHours - job.reservedCoreHours,
        usedCoreHours: coreHours,
      }),
      ...loadWrites(context, job, -1),
      noticeWrite(context, { ...job, ...changes }),
      ...(job.process && context.follower ? context.follower.writes({ ...job, ...changes }, state) : []),
    ]);
    return outcome === 'committed' ? { ...job, ...changes } : tryAgain;
  });
}
