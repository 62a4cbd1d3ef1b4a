import { forEachConcurrently } from '../platform/concurrency.ts';
import type { WorkspacesContext } from './context.ts';
import { jobTypeOf } from './job-types/all.ts';
import { serverPath } from './job-types/job-type.ts';
import { jobOrigin } from './proxy/address.ts';
import { isReady } from './proxy/admit.ts';
import { issueTicket } from './proxy/passes.ts';
import type { JobRow } from './rows.ts';
import { type ConnectionDetails, type JobView, jobView } from './views.ts';

/** Tickets that are issued at once. */
const concurrency = 8;

/**
 * Address at which a browser opens the server of a job, with a ticket that opens it once, within a minute.
 *
 * @param sessionId of the owner's token
 * @returns undefined while the job has no server
 */
export async function connectTo(
  context: WorkspacesContext,
  job: JobRow,
  sessionId: string,
): Promise<ConnectionDetails | undefined> {
  const { jobsUrl, configuration } = context;
  if (jobsUrl === '' || !isReady(job)) return undefined;
  const { server } = jobTypeOf(configuration, job.jobType);
  if (!server) return undefined;
  const ticket = await issueTicket(context, job, sessionId);
  return {
    url_path: `${serverPath(job.jobId)}${server.opens}?ticket=${ticket}`,
    url_domain: jobOrigin(jobsUrl, job.jobId),
  };
}

/** Jobs as their owner sees them: those with a server with its address. */
export async function connectedViews(
  context: WorkspacesContext,
  jobs: readonly JobRow[],
  sessionId: string,
): Promise<JobView[]> {
  const details = new Map<number, ConnectionDetails>();
  await forEachConcurrently(jobs, concurrency, async (job) => {
    const found = await connectTo(context, job, sessionId);
    if (found) details.set(job.jobId, found);
  });
  return jobs.map((job) => jobView(job, details.get(job.jobId)));
}
