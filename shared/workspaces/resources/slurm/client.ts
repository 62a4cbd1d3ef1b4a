import * as z from 'zod';
import { cut } from '../../../platform/cut.ts';
import { PermanentError, TransientError } from '../../../platform/errors.ts';
import type { JobStatus } from '../resource.ts';
import { type SlurmVersionName, type Submission, slurmVersions } from './request-forms.ts';

export interface SlurmClientOptions {
  /** Address of slurmrestd. */
  url: string;
  version: SlurmVersionName;
  /** SLURM user that the jobs run as. */
  user: string;
  /** Reads the user's JSON Web Token. */
  token: () => Promise<string>;
}

export interface SlurmClient {
  /** @returns SLURM's number of the job */
  submit(job: Submission): Promise<number>;
  /** @returns undefined if SLURM does not know the job, or not any more */
  status(slurmJobId: number): Promise<JobStatus | undefined>;
  /** Finds a job that was submitted as this user. @returns its number */
  find(name: string): Promise<number | undefined>;
  /** Ends a job at once. A job that has ended stays as it is. */
  cancel(slurmJobId: number): Promise<void>;
}

/** In ms. */
const timeout = 20_000;
/** Invalid job id specified; job has already finished (slurm/slurm_errno.h). */
const [unknownJob, alreadyDone] = [2017, 2021];

/** Whether slurmrestd had no clear answer of the controller, so that the job may even run (slurm/slurm_errno.h). */
const isOfConnection = ({ error_number = 0 }: { error_number?: number | undefined }): boolean =>
  [1, 5].includes(Math.floor(error_number / 1_000));

const answerSchema = z.looseObject({
  errors: z
    .array(
      z
        .looseObject({
          error_number: z.int().optional(),
          // v0.0.38 answers it to a submission.
          error_code: z.int().optional(),
          error: z.string().optional(),
          description: z.string().optional(),
        })
        .transform(({ error_code, error_number = error_code, ...rest }) => ({ ...rest, error_number })),
    )
    .nullish()
    .transform((errors) => errors ?? []),
  job_id: z.int().optional(),
  jobs: z
    .array(z.looseObject({ job_id: z.int(), name: z.string().nullish(), user_name: z.string().nullish() }))
    .optional(),
});

/**
 * A client of slurmrestd.
 *
 * @throws TransientError if it or the controller cannot be reached, is busy or takes no token; PermanentError with SLURM's text if
 *   it refuses a job
 */
export function createSlurmClient({ url, version, user, token }: SlurmClientOptions): SlurmClient {
  const form = slurmVersions[version];
  const base = `${url.replace(/\/$/, '')}/slurm/${version}/`;

  async function call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
    const response = await fetch(base + path, {
      method,
      headers: {
        'x-slurm-user-name': user,
        'x-slurm-user-token': await token(),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    }).catch((error: unknown) => {
      throw new TransientError(`SLURM cannot be reached: ${reasonOf(error)}`);
    });
    const text = await response.text();
    if (response.status === 401 || response.status === 403) throw new TransientError('SLURM does not take the token');
    const parsed = answerSchema.safeParse(jsonIn(text));
    // v0.0.40 answers a cancellation with an empty body in some releases.
    if (!parsed.success && response.ok && text.trim() === '') return { errors: [] };
    if (!parsed.success) throw new TransientError(`SLURM answered ${response.status}, and no JSON of its own`);
    return parsed.data;
  }

  return {
    async submit(job) {
      const { errors, job_id } = await call('POST', 'job/submit', form.submission(job));
      if (errors.length === 0 && job_id) return job_id;
      if (errors.some(isOfConnection)) throw new TransientError(`SLURM cannot take the job now: ${textOf(errors)}`);
      throw new PermanentError(`SLURM refused the job: ${textOf(errors)}`);
    },
    async status(slurmJobId) {
      const { errors, jobs } = await call('GET', `job/${slurmJobId}`);
      if (errors.some(({ error_number }) => error_number === unknownJob)) return undefined;
      const job = jobs?.find(({ job_id }) => job_id === slurmJobId);
      if (errors.length > 0 || !job) throw new TransientError(`SLURM: ${textOf(errors)}`);
      return form.status(job);
    },
    async find(name) {
      const { errors, jobs } = await call('GET', 'jobs');
      if (errors.length > 0 || !jobs) throw new TransientError(`SLURM: ${textOf(errors)}`);
      return jobs.find((job) => job.name === name && job.user_name === user)?.job_id;
    },
    async cancel(slurmJobId) {
      const { errors } = await call('DELETE', `job/${slurmJobId}`);
      const over = ({ error_number }: { error_number?: number | undefined }) =>
        error_number === unknownJob || error_number === alreadyDone;
      if (!errors.every(over)) throw new TransientError(`SLURM: ${textOf(errors)}`);
    },
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const textOf = (errors: readonly { error?: string | undefined; description?: string | undefined }[]) =>
  cut(
    errors
      .map(({ description, error }) => [description, error].filter(Boolean).join(': ') || 'an error without a text')
      .join('; '),
    300,
  ) || 'no reason given';

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
