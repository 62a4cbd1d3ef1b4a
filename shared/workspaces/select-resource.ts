import type { WorkspacesConfiguration } from './configuration.ts';

/** Resources that a job needs. */
export interface Needs {
  cores: number;
  memoryMb: number;
  timeLimitMinutes: number;
  gpu: boolean;
}

/**
 * Selects the resource that runs a job: the first one that has what the job needs.
 *
 * @returns its key in the configuration; undefined when no resource has enough
 */
export const selectResource = (
  { available_resources: resources }: Pick<WorkspacesConfiguration, 'available_resources'>,
  { cores, memoryMb, timeLimitMinutes, gpu }: Needs,
): string | undefined =>
  Object.entries(resources).find(
    ([, { capabilities: has }]) =>
      cores <= has.max_cpus &&
      memoryMb <= has.max_memory_mb &&
      timeLimitMinutes <= has.max_time_minutes &&
      (!gpu || has.gpu_enabled),
  )?.[0];
