import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import { scoreOf, selectResource } from '../../shared/workspaces/select-resource.ts';

const capabilities = { gpu_enabled: false, max_cpus: 4, max_memory_mb: 8_192, max_time_minutes: 60 };
const needs = { cores: 1, memoryMb: 1_024, timeLimitMinutes: 60, gpu: false };
const resource = (changes: { capabilities?: object; selection_criteria?: object } = {}) => ({
  name: 'A resource',
  resource_type: 'local',
  capabilities: { ...capabilities, ...changes.capabilities },
  selection_criteria: { priority: 5, ...changes.selection_criteria },
});
const configure = (available_resources: object) => readConfiguration({ available_resources });

describe('the resource of a job', () => {
  it('has the documented score', () => {
    const criteria = { priority: 5, cost_per_core_hour: 0.8, preferred_for_job_types: ['batch'] };
    const { available_resources } = configure({
      cpu: resource({ selection_criteria: criteria }),
      gpu: resource({ selection_criteria: criteria, capabilities: { gpu_enabled: true } }),
    });
    const score = (key: string, gpu = false) => {
      const configured = available_resources[key];
      return configured && scoreOf(configured, { ...needs, gpu }, 'batch');
    };
    expect([score('cpu'), score('gpu'), score('gpu', true)]).toEqual([116, 96, 126]);
  });

  it('has a lower score, the more of its jobs it has, down to 20 less', () => {
    const { available_resources } = configure({ cpu: resource({ capabilities: { max_concurrent_jobs: 4 } }) });
    const score = (active: number) =>
      available_resources.cpu && scoreOf(available_resources.cpu, needs, 'batch', active);
    expect([0, 1, 4, 9].map(score)).toEqual([65, 60, 45, 45]);
    const full = configure({ one: resource({ capabilities: { max_concurrent_jobs: 4 } }), other: resource() });
    expect(selectResource(full, needs, 'batch', { one: 1 })).toBe('other');
    expect(selectResource(full, needs, 'batch')).toBe('one');
  });

  it('is the one with the highest score of those that have enough, of equals the first', () => {
    const configuration = configure({
      first: resource(),
      second: resource(),
      better: resource({ selection_criteria: { priority: 6 }, capabilities: { max_cpus: 2 } }),
      graphics: resource({ selection_criteria: { priority: 1 }, capabilities: { gpu_enabled: true } }),
    });
    const select = (changes: Partial<typeof needs>) => selectResource(configuration, { ...needs, ...changes }, 'batch');
    expect(select({})).toBe('better');
    expect(select({ cores: 3 })).toBe('first');
    expect(select({ gpu: true })).toBe('graphics');
    expect(select({ cores: 5 })).toBeUndefined();
    expect(select({ memoryMb: 8_193 })).toBeUndefined();
    expect(select({ timeLimitMinutes: 61 })).toBeUndefined();
  });
});
