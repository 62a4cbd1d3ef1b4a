import { lacksFactor } from '../../accounts/factors/requirement.ts';
import type { SessionRow } from '../../accounts/session.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { PermanentError } from '../../platform/errors.ts';
import { NotAllowedError } from '../errors.ts';
import { readJob } from '../find.ts';
import { checkMayRun } from '../job-inputs.ts';
import type { JobRow, PassRow } from '../rows.ts';
import type { ProxyContext } from './context.ts';

/** A request that may not reach a job's server. The text is for the browser. */
export class NotAdmittedError extends PermanentError {
  override readonly name = 'NotAdmittedError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A job whose server can be reached. */
export type ReadyJob = JobRow & { proxy: NonNullable<JobRow['proxy']> };

/** Whether a job runs and has told the address of its server. */
export const isReady = (job: JobRow): job is ReadyJob => job.state === 'running' && Boolean(job.proxy?.port);

/**
 * Asks who owns a ticket or a visit, with the rights that the owner has now: the session goes on, the account is not blocked and
 * has the second factor that it needs, the access to the project is enabled, the job runs.
 *
 * @returns the job
 * @throws NotAdmittedError with the reason
 */
export async function admit(context: ProxyContext, pass: PassRow): Promise<ReadyJob> {
  const { db, clock, tables } = context;
  if (pass.endsAt <= clock.now()) throw signInAgain();
  const [job, session] = await Promise.all([
    readJob(context, pass),
    getItem<SessionRow>(db, tables.sessions, { sessionId: pass.sessionId }),
  ]);
  if (!job || !session || session.account !== job.account || session.endsAt <= clock.now()) throw signInAgain();
  const account = await checkMayRun(context, job).catch((error: unknown) => {
    throw error instanceof NotAllowedError ? new NotAdmittedError(403, `${error.message}.`) : error;
  });
  if (account.generation !== session.generation) throw signInAgain();
  if (await lacksFactor(context, account)) throw new NotAdmittedError(403, 'A second factor must be added.');
  if (!isReady(job)) throw new NotAdmittedError(410, 'The job does not run any more.');
  return job;
}

export const signInAgain = (): NotAdmittedError =>
  new NotAdmittedError(401, 'Open the job anew from the list of jobs. Its address is valid once and for a minute.');
