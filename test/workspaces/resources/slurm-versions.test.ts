import { describe, expect, it } from 'vitest';
import {
  type SlurmVersionName,
  type Submission,
  slurmVersions,
} from '../../../shared/workspaces/resources/slurm/request-forms.ts';

const submission: Submission = {
  name: 'workspace-7-job-1',
  script: '#!/bin/bash\ntrue',
  directory: '/scratch',
  environment: { PATH: '/bin', JOB_ID: '1' },
  partition: 'cpu',
  account: undefined,
  cores: 2,
  memoryMb: 4_096,
  gpus: 1,
  timeLimitMinutes: 90,
};

describe('a submission', () => {
  const common = {
    name: 'workspace-7-job-1',
    current_working_directory: '/scratch',
    partition: 'cpu',
    tasks: 1,
    cpus_per_task: 2,
    standard_output: '/dev/null',
    standard_error: '/dev/null',
  };

  it.each<[SlurmVersionName, object]>([
    [
      'v0.0.38',
      {
        ...common,
        environment: { PATH: '/bin', JOB_ID: '1' },
        nodes: [1, 1],
        requeue: 'false',
        time_limit: 90,
        memory_per_node: 4_096,
        tres_per_job: 'gres:gpu:1',
      },
    ],
    [
      'v0.0.40',
      {
        ...common,
        environment: ['PATH=/bin', 'JOB_ID=1'],
        nodes: '1',
        requeue: false,
        time_limit: { set: true, infinite: false, number: 90 },
        memory_per_node: { set: true, infinite: false, number: 4_096 },
        tres_per_job: 'gres/gpu=1',
      },
    ],
  ])('of %s has its form', (version, job) => {
    expect(slurmVersions[version].submission(submission)).toEqual({ script: submission.script, job });
  });
});

const set = (number: number) => ({ set: true, infinite: false, number });
const old = (job_state: string, more = {}) => slurmVersions['v0.0.38'].status({ job_state, ...more });
const young = (job_state: string[], more = {}) => slurmVersions['v0.0.40'].status({ job_state, ...more });

describe('the status of a job', () => {
  it('is read alike from both versions', () => {
    const facts = { startedAt: 1_000_000, endedAt: 2_000_000, cores: 4 };
    const expected = { state: 'failed', exitCode: 3, reason: 'exit code 3', ...facts };
    expect(old('FAILED', { exit_code: 3 << 8, start_time: 1_000, end_time: 2_000, cpus: 4 })).toEqual(expected);
    const exit_code = { status: ['ERROR'], return_code: set(3), signal: { id: { ...set(0), set: false }, name: '' } };
    expect(young(['FAILED'], { exit_code, start_time: set(1_000), end_time: set(2_000), cpus: set(4) })).toEqual(
      expected,
    );
  });

  it.each([
    ['PENDING', { state: 'pending' }],
    ['CONFIGURING', { state: 'pending' }],
    ['REQUEUED', { state: 'pending' }],
    ['SUSPENDED', { state: 'pending' }],
    ['RUNNING', { state: 'running' }],
    ['COMPLETING', { state: 'running' }],
    ['COMPLETED', { state: 'complete', exitCode: 0 }],
    ['CANCELLED', { state: 'complete', reason: 'stopped' }],
    ['TIMEOUT', { state: 'complete', reason: 'time limit' }],
    ['NODE_FAIL', { state: 'failed', reason: 'the node failed' }],
    ['OUT_OF_MEMORY', { state: 'failed', reason: 'out of memory' }],
    ['PREEMPTED', { state: 'failed' }],
    ['BOOT_FAIL', { state: 'failed' }],
    ['DEADLINE', { state: 'failed' }],
  ])('in the state %s is %j', (state, expected) => {
    expect(old(state)).toMatchObject(expected);
    expect(young([state])).toMatchObject(expected);
  });

  it('in a state that nobody knows is unknown, and no end', () => {
    expect(old('SLEEPWALKING')).toEqual({ state: 'unknown', reason: 'SLURM answers the state SLEEPWALKING' });
    expect(young([])).toMatchObject({ state: 'unknown' });
  });

  it('with flags is that of the flags', () => {
    expect(young(['COMPLETED', 'COMPLETING'])).toMatchObject({ state: 'running' });
    expect(young(['RUNNING', 'CONFIGURING'])).toMatchObject({ state: 'running' });
  });

  it('of a job that a signal ended has the exit code of a shell', () => {
    expect(old('FAILED', { exit_code: 9 })).toMatchObject({ exitCode: 137 });
  });
});
