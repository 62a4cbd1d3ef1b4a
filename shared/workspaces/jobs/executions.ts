import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { getItem } from '../../platform/dynamodb.ts';
import type { JobExecutions, WorkspacesContext } from '../context.ts';
import { workKey } from '../keys.ts';
import type { WorkspaceWorkRow } from '../work.ts';
import type { JobStepInput } from './step.ts';

export interface ExecutionsOptions {
  db: WorkspacesContext['db'];
  clock: Pick<WorkspacesContext['clock'], 'now'>;
  tables: Pick<WorkspacesContext['tables'], 'workspaces'>;
  sfn: Pick<SFNClient, 'send'>;
  stateMachineArn: string;
}

/** Milliseconds in which a job is stopped by one execution, however often that is asked for. */
const stopInterval = 5 * 60_000;

/**
 * Starts executions of jobs. Names of those that run them have the time of the heartbeat that is due, so that a job gets one execution for each,
 * however often it is asked for, and another one after it was lost.
 */
export const jobExecutions = ({ db, clock, tables, sfn, stateMachineArn }: ExecutionsOptions): JobExecutions => {
  const execute = async (name: string, input: JobStepInput) => {
    try {
      await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
    }
  };
  return {
    async start({ userId, jobId }) {
      const work = await getItem<WorkspaceWorkRow>(db, tables.workspaces, workKey('start-job', jobId));
      // The job has ended.
      if (!work) return;
      await execute(`job-${jobId}-${work.at}`, { userId, jobId });
    },
    stop: ({ userId, jobId }) =>
      execute(`job-${jobId}-stop-${Math.floor(clock.now() / stopInterval)}`, { userId, jobId, only: 'stop' }),
  };
};
