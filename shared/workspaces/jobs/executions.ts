import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { getItem } from '../../platform/dynamodb.ts';
import type { JobExecutions, WorkspacesContext } from '../context.ts';
import { workKey } from '../keys.ts';
import type { WorkRow } from '../work.ts';

export interface ExecutionsOptions extends Pick<WorkspacesContext, 'db' | 'tables'> {
  sfn: Pick<SFNClient, 'send'>;
  stateMachineArn: string;
}

/**
 * Starts executions of jobs. Their names have the time of the heartbeat that is due, so that a job gets one execution for each,
 * however often it is asked for, and another one after it was lost.
 */
export const jobExecutions = ({ db, tables, sfn, stateMachineArn }: ExecutionsOptions): JobExecutions => ({
  async start({ userId, jobId }) {
    const work = await getItem<WorkRow>(db, tables.workspaces, workKey('start-job', jobId));
    // The job has ended.
    if (!work) return;
    const input = JSON.stringify({ userId, jobId });
    const name = `job-${jobId}-${work.at}`;
    try {
      await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
    }
  },
});
