import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { JobId, WorkspacesContext } from '../context.ts';
import { workWrite } from '../work.ts';

/** Milliseconds without a heartbeat after which the sweep starts another execution: longer than any step and pause. */
const timeout = 25 * 60_000;

/** Puts off the moment at which the sweep takes the job's execution for lost. */
export async function beat(
  context: Pick<WorkspacesContext, 'db' | 'clock' | 'tables'>,
  { userId, jobId }: JobId,
): Promise<void> {
  await context.db.send(new PutCommand(workWrite(context, { kind: 'start-job', userId, id: jobId }, timeout).Put));
}
