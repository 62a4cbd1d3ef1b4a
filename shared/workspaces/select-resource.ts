import type { WorkspacesConfiguration } from './configuration.ts';
import type { ResourceLoad } from './resource-load.ts';

/** Resources that a job needs. */
export interface Needs {
  cores: number;
  memoryMb: number;
  timeLimitMinutes: number;
  gpu: boolean;
}

type Configuration = Pick<WorkspacesConfiguration, 'available_resources'>;
type Configured = Configuration['available_resources'][string];

/**
 * Selects the resource that runs a job: of those that have what it needs the one with the highest score, of equals the first.
 *
 * @param jobType key of the job's type
 * @param load jobs that resources have already
 * @returns its key in the configuration; undefined when no resource has enough
 */
export function selectResource(
  configuration: Configuration,
  needs: Needs,
  jobType: string,
  load: ResourceLoad = {},
): string | undefined {
  const fitting = Object.entries(configuration.available_resources).filter(([, resource]) =>
    hasEnough(resource, needs),
  );
  const scored = fitting.map(([key, resource]) => ({ key, score: scoreOf(resource, needs, jobType, load[key]) }));
  return scored.toSorted((one, other) => other.score - one.score)[0]?.key;
}

const hasEnough = ({ capabilities: has }: Configured, { cores, memoryMb, timeLimitMinutes, gpu }: Needs) =>
  cores <= has.max_cpus &&
  memoryMb <= has.max_memory_mb &&
  timeLimitMinutes <= has.max_time_minutes &&
  (!gpu || has.gpu_enabled);

/** The documented score. @param active jobs that the resource has already */
export function scoreOf(
  { capabilities, selection_criteria: criteria }: Configured,
  needs: Needs,
  jobType: string,
  active = 0,
): number {
  const fit = needs.gpu ? 30 : capabilities.gpu_enabled ? 0 : 20;
  const preferred = criteria.preferred_for_job_types.includes(jobType) ? 50 : 0;
  const { max_concurrent_jobs: max } = capabilities;
  const used = max === undefined ? 0 : Math.min(1, active / max);
  return criteria.priority * 10 + preferred + fit - criteria.cost_per_core_hour * 5 - used * 20;
}
