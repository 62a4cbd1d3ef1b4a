import { createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { describeError } from '../platform/errors.ts';
import { createLog } from '../platform/logger.ts';
import { processTablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import type { JobFollower } from '../workspaces/context.ts';
import type { JobRow } from '../workspaces/rows.ts';
import type { ProcessContext } from './context.ts';
import type { ProcessWorkRow } from './rows.ts';
import { type Executions, nameOf, startExecution } from './verification/executions.ts';
import { workPut, workRow } from './work.ts';

type FollowerContext = Pick<ProcessContext, 'clock' | 'log'> & { tables: Pick<ProcessContext['tables'], 'processes'> };

/**
 * Has a process take note of the end of the job that it has ordered: by work that the transaction of the end leaves, and that an
 * execution does at once.
 */
export const jobFollower = (context: FollowerContext, executions: Executions): JobFollower => ({
  writes: (job, state) => workOf(context, job, state).map((row) => workPut(context, row)),
  async ended(job) {
    if (job.state !== 'complete' && job.state !== 'failed') return;
    for (const { item, projectID, processID } of workOf(context, job, job.state)) {
      try {
        await startExecution(executions, nameOf(item), { kind: 'work', item, projectID, processID });
      } catch (error) {
        // The sweep does it.
        context.log.warn('work is left to the sweep', { work: item, error: describeError(error) });
      }
    }
  },
});

/** None for a job that no process has ordered. */
function workOf(context: FollowerContext, { process, jobId }: JobRow, state: 'complete' | 'failed'): ProcessWorkRow[] {
  return process
    ? [workRow(context, process, jobId, { kind: 'note-job-end', data: { jobId: String(jobId), state } })]
    : [];
}

/**
 * Reads from the function's environment what follows the jobs that processes have ordered.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function jobFollowerFromEnvironment(): JobFollower {
  const env = configuration(['PROCESS_WORK_STATE_MACHINE_ARN']);
  const context = { clock: systemClock, log: createLog(), tables: processTablesFromEnvironment() };
  return jobFollower(context, { sfn: createSfn(), stateMachineArn: env.PROCESS_WORK_STATE_MACHINE_ARN });
}
