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

export const improper = 'Job Type improperly configured. Please contact a system administrator to resolve this.';

type Configuration = Pick<WorkspacesConfiguration, 'available_job_types'>;

/** @throws PermanentError if the configuration has no such job type any more */
export function jobTypeOf({ available_job_types: available }: Configuration, key: string): JobType {
  const name = available[key]?.job_type;
  if (name !== undefined) return jobTypes[name];
  throw new PermanentError(improper);
}

/** Whether the centre has configured a job type wrongly for a resource, as far as a job with these details shows it. */
export function isImproper(
  configuration: Configuration,
  key: string,
  { resource, details }: { resource: string; details: object },
): boolean {
  try {
    const settings = configuration.available_job_types[key]?.environment_details[resource];
    jobTypeOf(configuration, key).script({ jobId: 0, details }, settings);
    return false;
  } catch (error) {
    if (error instanceof PermanentError) return true;
    throw error;
  }
}

/** Rule that the details of a start break, for people; undefined if they break none. */
export function checkJobDetails(configuration: Configuration, key: string, details: object): string | undefined {
  const result = jobTypeOf(configuration, key).details.safeParse(details);
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  return `Invalid job details: ${['job_details', ...(issue?.path ?? [])].join('.')} ${issue?.message}`;
}
