import { PermanentError } from '../../platform/errors.ts';
import type { jobTypeNames, WorkspacesConfiguration } from '../configuration.ts';
import { batch } from './batch.ts';
import { command } from './command.ts';
import type { JobType } from './job-type.ts';
import { jupyterLab } from './jupyter-lab.ts';
import { localTest } from './local-test.ts';

/** Job types by the name of the plug-in, `job_type` in the configuration. */
const jobTypes: Readonly<Record<(typeof jobTypeNames)[number], JobType>> = {
  batch,
  command,
  jupyter_lab: jupyterLab,
  local_test: localTest,
};

type Configuration = Pick<WorkspacesConfiguration, 'available_job_types'>;

/** @throws PermanentError if the configuration has no such job type any more */
export function jobTypeOf({ available_job_types: available }: Configuration, key: string): JobType {
  const name = available[key]?.job_type;
  if (name !== undefined) return jobTypes[name];
  throw new PermanentError('Job Type improperly configured. Please contact a system administrator to resolve this.');
}

/** Rule that the details of a start break, for people; undefined if they break none. */
export function checkJobDetails(configuration: Configuration, key: string, details: object): string | undefined {
  const result = jobTypeOf(configuration, key).details.safeParse(details);
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  return `Invalid job details: ${['job_details', ...(issue?.path ?? [])].join('.')} ${issue?.message}`;
}
