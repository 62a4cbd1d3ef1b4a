import { Refusal } from '../api/answer.ts';
import { changeProcesses } from './change.ts';
import type { ProcessContext } from './context.ts';
import type { ProcessWorkRow } from './rows.ts';
import { jobStatus } from './services/analysis/status.ts';
import { systemViewer } from './viewer.ts';
import { finishWork } from './work.ts';

/** Puts the end of a job into the process that has ordered it, once, and so into its history and to its parties. */
export async function noteJobEnd(context: ProcessContext, work: ProcessWorkRow): Promise<void> {
  const { projectID, processID = '', data } = work;
  const state = data.state === 'complete' ? 'complete' : 'failed';
  try {
    await changeProcesses(context, systemViewer, projectID, [processID], ({ process }) => {
      const { job, serviceStatus: old } = process;
      if (!job || String(job.jobId) !== data.jobId || job.state !== undefined) return undefined;
      const serviceStatus = jobStatus[state];
      return {
        set: { job: { ...job, state }, serviceStatus },
        entries: [
          {
            event: 'changed',
            type: 'STATUS',
            key: 'serviceStatus',
            data: serviceStatus,
            old,
            details: { job: job.jobId, state },
          },
        ],
      };
    });
  } catch (error) {
    // The process was deleted, or its project.
    if (!(error instanceof Refusal && error.answer.status === 404)) throw error;
  }
  await finishWork(context, work);
}
