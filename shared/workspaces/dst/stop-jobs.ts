import { getItem } from '../../platform/dynamodb.ts';
import type { RemovalContext } from '../context.ts';
import { items } from '../find.ts';
import { hasEnded } from '../job-state.ts';
import { prefixes, usageKey, userScope } from '../keys.ts';
import type { JobRow, UsageRow } from '../rows.ts';
import { stopJobs } from '../stop-job.ts';

/** Jobs that are read together. */
const pageSize = 50;

/** Has all jobs of a user stopped who may start no more. @param reason for people, at the jobs */
export async function stopJobsOf(context: RemovalContext, userId: number, reason: string): Promise<void> {
  const { db, tables } = context;
  const usage = await getItem<UsageRow>(db, tables.workspaces, usageKey({ userId }));
  let active = usage?.activeJobs ?? 0;
  if (active === 0) return;
  // The newest first: those that have ended, which stay for good, are not read again each time.
  const jobs = items<JobRow>(context, userScope(userId), prefixes.job, { newestFirst: true, pageSize });
  for await (const job of jobs) {
    if (hasEnded(job.state)) continue;
    await stopJobs(context, [job], reason);
    active -= 1;
    if (active === 0) return;
  }
}
