import * as z from 'zod';
import { connectedViews } from '../connect-to-job.ts';
import type { WorkspacesContext } from '../context.ts';
import { invalidPutType, jobNotFound, refuse } from '../errors.ts';
import { items, jobsOfWorkspace, readJob } from '../find.ts';
import { jobKey, prefixes, userScope } from '../keys.ts';
import type { JobRow } from '../rows.ts';
import { stopJob } from '../stop-job.ts';
import { type JobView, jobShape } from '../views.ts';
import {
  account,
  actionParameters,
  idOf,
  idParameters,
  ok,
  okAnswer,
  okAnswerWith,
  okWith,
  readViewer,
  refusalAnswer,
  route,
  type WorkspacesRoute,
} from './context.ts';
import { next, pageOf, paging, rowsFor } from './paging.ts';

const example: JobView = {
  id: 1,
  workspace_id: 1,
  resource_job_id: 4711,
  job_type: 'batch',
  status: 'complete',
  datetime_created: '2026-01-05T08:00:00.000Z',
  datetime_start: '2026-01-05T08:00:02.000Z',
  datetime_end: '2026-01-05T08:01:02.000Z',
  core_hours: '0.01667',
  job_details: {
    metrics: { time_pending: 2 },
    request_job_details: { script: 'run.sh' },
    current_job_details: { exit_code: 0 },
  },
  resource_options: { num_cpus: 1 },
};

const listAnswer = okAnswerWith('The jobs; none is no error', z.object({ jobs: z.array(jobShape), next }), {
  jobs: [example],
});
const noneFound = 'Job matching given parameters could not be found.';
const integer = z.coerce.number().int().optional();

const listJobs = route({
  method: 'GET',
  path: '/uws/jobs',
  summary:
    "Lists the caller's jobs, the newest first. One with a server has its address in `connection_details`, which opens once, within a minute",
  access: account,
  query: z.object({
    workspace_id: integer.meta({ examples: ['1'] }),
    resource_job_id: integer.meta({ examples: ['4711'] }),
    job_type: z
      .string()
      .optional()
      .meta({ examples: ['batch'] }),
    status: z
      .string()
      .optional()
      .meta({ examples: ['pending'] }),
    ...paging,
  }),
  answers: { 200: listAnswer },
  async handler({ caller, query }, context) {
    const { userId } = await readViewer(context, caller);
    const { resource_job_id, job_type, status, limit } = query;
    const matches = (row: JobRow) =>
      (resource_job_id === undefined || row.resourceJobId === resource_job_id) &&
      (job_type === undefined || row.jobType === job_type) &&
      (status === undefined || row.state === status);
    const rows = await rowsOf(context, userId, query);
    const { page, next: more } = await pageOf(rows, limit, matches, ({ jobId }) => jobId);
    return okWith(page.length > 0 ? 'Successful.' : noneFound, {
      jobs: await connectedViews(context, page, caller.session),
      ...(more !== undefined && { next: more }),
    });
  },
});

/** Jobs of a user, or of one workspace of the user, with falling ids. */
async function rowsOf(
  context: WorkspacesContext,
  userId: number,
  {
    workspace_id: workspaceId,
    before,
    limit,
  }: { workspace_id?: number | undefined; before?: number | undefined; limit: number },
): Promise<AsyncIterable<JobRow> | Iterable<JobRow>> {
  if (workspaceId === undefined) {
    return items<JobRow>(context, userScope(userId), prefixes.job, {
      newestFirst: true,
      pageSize: rowsFor(limit),
      ...(before !== undefined && { before: jobKey({ userId, jobId: before - 1 }).item }),
    });
  }
  if (workspaceId < 0) return [];
  const rows = await jobsOfWorkspace(context, { userId, workspaceId });
  return rows
    .filter(({ jobId }) => before === undefined || jobId < before)
    .toSorted((one, other) => other.jobId - one.jobId);
}

const readOne = route({
  method: 'GET',
  path: '/uws/jobs/{id}',
  summary: "Shows one of the caller's jobs; another's is none",
  access: account,
  parameters: idParameters,
  answers: { 200: listAnswer },
  async handler({ caller, parameters }, context) {
    const jobId = idOf(parameters.id);
    const { userId } = await readViewer(context, caller);
    const row = await readJob(context, { userId, jobId });
    const jobs = await connectedViews(context, row ? [row] : [], caller.session);
    return okWith(row ? 'Successful.' : noneFound, { jobs });
  },
});

const act = route({
  method: 'PUT',
  path: '/uws/jobs/{id}/{action}',
  summary: 'Stops a job (`stop`)',
  access: account,
  parameters: actionParameters('stop'),
  answers: {
    200: okAnswer('The job ends', 'Job queued to stop.', 'Successful stop.'),
    400: refusalAnswer('A job that has ended, or another word', 'This job is not running or pending.'),
    404: refusalAnswer('No such job', 'Job 9999 not found for user.'),
  },
  async handler({ caller, parameters }, context) {
    const jobId = idOf(parameters.id);
    const { userId } = await readViewer(context, caller);
    if (!(await readJob(context, { userId, jobId }))) throw jobNotFound(parameters.id);
    if (parameters.action.toLowerCase() !== 'stop') throw invalidPutType();
    const before = await stopJob(context, { userId, jobId });
    if (before?.state !== 'pending' && before?.state !== 'running') {
      throw refuse(400, 'This job is not running or pending.');
    }
    return ok(before.resourceJobId === -1 ? 'Successful stop.' : 'Job queued to stop.');
  },
});

export const jobRoutes: readonly WorkspacesRoute[] = [listJobs, readOne, act];
