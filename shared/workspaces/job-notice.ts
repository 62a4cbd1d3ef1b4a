import { isDeepStrictEqual } from 'node:util';
import type { JobNotice } from '../history/history.ts';
import type { Write } from '../platform/transaction.ts';
import type { RemovalContext } from './context.ts';
import type { JobRow } from './rows.ts';

/** Whether clients want to know of a change. The time that is left runs by itself. */
export function isNotable(before: JobRow, after: Pick<JobRow, 'state' | 'current'>): boolean {
  const { time_left: _, ...known } = before.current;
  const { time_left: __, ...now } = after.current;
  return before.state !== after.state || !isDeepStrictEqual(known, now);
}

/** The write that has the owner of a job get the job's state by the WebSocket API, for the transaction that changes the job. */
export function noticeWrite({ tables, clock }: Pick<RemovalContext, 'tables' | 'clock'>, job: JobRow): Write {
  const { jobId, workspaceId, account, accountCreatedAt, state, current, version } = job;
  const Item: JobNotice = {
    subject: `job#${jobId}`,
    sequence: version,
    at: clock.now(),
    jobId,
    workspaceId,
    owner: { account, createdAt: accountCreatedAt },
    status: state,
    details: JSON.stringify(current),
  };
  return { Put: { TableName: tables.unpublished, Item } };
}
