import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import {
  jobTypeNames,
  parseConfiguration,
  readConfiguration,
  slurmVersionNames,
} from '../../shared/workspaces/configuration.ts';
import { standardParameters } from '../../shared/workspaces/job-parameters.ts';
import { isImproper } from '../../shared/workspaces/job-types/all.ts';

// The 17 configuration tests of the documented API. Where a field of its configuration is none here, `deviation` says why.

const capabilities = { gpu_enabled: false, max_cpus: 4, max_memory_mb: 8_192, max_time_minutes: 480 };
const slurm = {
  name: 'Cluster',
  resource_type: 'slurm',
  capabilities,
  connection_details: { root_url: 'https://slurm.example', version: 'v0.0.38', user: 'gateway', token_secret: 'arn:x' },
};
const globus = { client_id: 'client', client_secret: 'arn:x' };

/** A configuration with everything that the documented one has. */
const valid = {
  api_user_authentication: 'globus',
  globus,
  available_job_types: {
    jupyter_lab: {
      name: 'Jupyter Lab',
      job_type: 'jupyter_lab',
      environment_details: { cluster: { path: '/opt/jupyter/bin', listen: '0.0.0.0' } },
    },
  },
  available_resources: { cluster: slurm },
  parameters: standardParameters,
  limits: { user: { max_concurrent_jobs: 4 }, project: { max_core_hours: 1_000, max_disk_space: 1e12 } },
};

const without = (object: object, field: string) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== field));

/** Fault of a configuration. */
function problems(value: unknown): string {
  const { error } = parseConfiguration(value);
  return error ? z.prettifyError(error) : '';
}

const withResource = (resource: object) => ({ ...valid, available_resources: { cluster: resource } });
const withJobType = (jobType: object) => ({ ...valid, available_job_types: { a: jobType } });

describe('a configuration', () => {
  it('that is valid passes, with what it leaves out (1)', () => {
    expect(readConfiguration(valid)).toMatchObject(valid);
    expect(readConfiguration({})).toMatchObject({
      api_user_authentication: 'accounts',
      parameters: standardParameters,
      available_resources: { local: { resource_type: 'local' } },
    });
  });

  it.each<{ test: string; given: unknown; problem: string; deviation?: string }>([
    {
      test: '(2) without api_user_authentication: the default',
      given: without(valid, 'api_user_authentication'),
      problem: '',
      deviation: 'every field has a default, so a centre writes only what differs',
    },
    {
      test: '(3) api_user_authentication that is none of the available ones',
      given: { ...valid, api_user_authentication: 'ldap' },
      problem: 'at api_user_authentication',
      deviation: 'the ways to sign in are those of the program, not a list of the configuration',
    },
    {
      test: '(4) a resource without resource_type',
      given: withResource(without(slurm, 'resource_type')),
      problem: 'at available_resources.cluster.resource_type',
    },
    {
      test: '(5) a resource_type that nobody knows',
      given: withResource({ ...slurm, resource_type: 'pbs' }),
      problem: 'at available_resources.cluster.resource_type',
    },
    {
      test: '(6) root_dir of a storage',
      given: { ...valid, available_storage: { main: { storage_type: 'local', root_dir: '/' } } },
      problem: 'Unrecognized key: "available_storage"',
      deviation: 'there is one storage, the bucket of the deployment: no path of a host is configured',
    },
    {
      test: '(7) a storage that is none of the available ones',
      given: withResource({ ...slurm, storage: 'none' }),
      problem: 'Unrecognized key: "storage"',
      deviation: 'the same',
    },
    {
      test: '(8) SLURM without connection_details',
      given: withResource(without(slurm, 'connection_details')),
      problem: 'at available_resources.cluster.connection_details',
    },
    {
      test: '(9) Globus without its client',
      given: without(valid, 'globus'),
      problem: 'is needed for the sign-in by Globus',
    },
    {
      test: '(10) Globus of the type oauth',
      given: { ...valid, globus: { ...globus, authentication_type: 'oauth' } },
      problem: 'Unrecognized key: "authentication_type"',
      deviation: 'a client sends a token that it has got from Globus: there is one type',
    },
    {
      test: '(11) JupyterLab without environment_details: the default',
      given: withJobType({ name: 'Jupyter Lab', job_type: 'jupyter_lab' }),
      problem: '',
      deviation: 'without settings the python3 of the machine runs it',
    },
    {
      test: '(12) a job type that nobody knows',
      given: withJobType({ name: 'A', job_type: 'appyter' }),
      problem: 'at available_job_types.a.job_type',
    },
  ])('$test', ({ given, problem }) => {
    if (problem === '') expect(problems(given)).toBe('');
    else expect(problems(given)).toContain(problem);
    if (problem !== '') expect(() => readConfiguration(given)).toThrow(ConfigurationError);
  });

  it.each([
    ['(13) of a job type', 'available_job_types.a', ['name', 'job_type'], withJobType({})],
    [
      '(14) of a resource',
      'available_resources.cluster',
      ['name', 'capabilities'],
      withResource({ resource_type: 'local' }),
    ],
    [
      '(15) of what SLURM connects to',
      'available_resources.cluster.connection_details',
      ['root_url', 'version', 'user', 'token_secret'],
      withResource({ ...slurm, connection_details: {} }),
    ],
    ['(16) of a sign-in by Globus', 'globus', ['client_id', 'client_secret'], { ...valid, globus: {} }],
  ])('names all fields that are needed %s', (_, at, fields, given) => {
    const missing = parseConfiguration(given).error?.issues.map(({ path }) => path.join('.'));
    expect(missing?.toSorted()).toEqual(fields.map((field) => `${at}.${field}`).toSorted());
  });

  it('names the plug-ins of each kind, and refuses others (17)', () => {
    for (const job_type of jobTypeNames) expect(problems(withJobType({ name: 'A', job_type }))).toBe('');
    for (const version of slurmVersionNames) {
      const connection_details = { ...slurm.connection_details, version };
      expect(problems(withResource({ ...slurm, connection_details }))).toBe('');
    }
    for (const method of ['accounts', 'api_clients', 'globus'])
      expect(problems({ ...valid, api_user_authentication: method })).toBe('');
  });

  it('with settings of a job type that are wrong for a resource is told at the start of a job', () => {
    const settings = (details: object) =>
      readConfiguration(withJobType({ name: 'A', job_type: 'jupyter_lab', environment_details: { cluster: details } }));
    const job = { resource: 'cluster', details: {} };
    expect(isImproper(settings({ path: '/opt' }), 'a', job)).toBe(false);
    expect(isImproper(settings({ path: 'relative' }), 'a', job)).toBe(true);
    expect(isImproper(settings({ module_manager: 'lmod' }), 'a', job)).toBe(true);
  });
});
