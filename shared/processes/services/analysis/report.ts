import { contentsOf, readJob } from '../../../workspaces/find.ts';
import { readJobLog } from '../../../workspaces/job-log.ts';
import { coreHourUnits } from '../../../workspaces/job-state.ts';
import { outputPrefix } from '../../../workspaces/resources/job-objects.ts';
import type { ProcessContext } from '../../context.ts';
import type { ProcessJob } from '../../rows.ts';

/** Bytes of each stream of the log that a process shows: the end. `/uws/jobs/{id}/log` gives the client more. */
const logBytes = 16_384;

/** Most files that a process shows. */
const shownResults = 1_000;

const isoTime = (time: number | undefined) => (time === undefined ? null : new Date(time).toISOString());

/** The state of an analysis, what it has printed, and the files that it has left: their names, not their bytes. */
export async function analysisReport(
  { workspaces }: ProcessContext,
  job: ProcessJob,
): Promise<Record<string, unknown>> {
  const { workspaceId, jobId } = job;
  const row = await readJob(workspaces, job);
  // The client has deleted the workspace.
  if (!row) return { workspace: workspaceId, job: jobId, state: job.state ?? 'gone' };
  const [log, { files }] = await Promise.all([
    readJobLog(workspaces, row, logBytes),
    contentsOf(workspaces, workspaceId),
  ]);
  const { exit_code: exitCode, reason } = row.current;
  return {
    workspace: workspaceId,
    job: jobId,
    state: row.state,
    ...(exitCode !== undefined && { exitCode }),
    ...(reason !== undefined && { reason }),
    resource: row.resource,
    createdWhen: isoTime(row.createdAt),
    startedWhen: isoTime(row.startedAt),
    endedWhen: isoTime(row.endedAt),
    coreHours: (row.coreHours / coreHourUnits).toFixed(5),
    log,
    // Other files of the workspace are nobody's but the client's.
    results: files
      .filter(({ key }) => key.startsWith(outputPrefix(workspaceId, jobId)))
      .slice(0, shownResults)
      .map(({ name, size }) => ({ name, size })),
  };
}
