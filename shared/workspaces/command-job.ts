import type { WorkspacesConfiguration } from './configuration.ts';
import { runsContainers } from './job-types/command.ts';
import { type Needs, selectResource } from './select-resource.ts';

/**
 * The job type that runs commands, and the resource for a job of it.
 *
 * @param inContainer whether the resource has to run container images
 * @returns undefined when the centre has none
 */
export function resourceFor(
  { available_job_types: types, available_resources: resources }: WorkspacesConfiguration,
  needs: Needs,
  inContainer: boolean,
): { jobType: string; resource: string } | undefined {
  const [jobType, settings] = Object.entries(types).find(([, { job_type }]) => job_type === 'command') ?? [];
  if (jobType === undefined) return undefined;
  const able = Object.entries(resources).filter(
    ([key]) => !inContainer || runsContainers(settings?.environment_details[key]),
  );
  const resource = selectResource({ available_resources: Object.fromEntries(able) }, needs, jobType);
  return resource === undefined ? undefined : { jobType, resource };
}
