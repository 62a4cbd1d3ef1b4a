import * as z from 'zod';
import { ConfigurationError } from '../platform/errors.ts';
import { parameterSchema, standardParameters } from './job-parameters.ts';

/** Plug-ins of job types, in `job-types/all.ts`. */
export const jobTypeNames = ['batch', 'command', 'jupyter_lab', 'local_test'] as const;

/** Versions of slurmrestd's data, in `resources/slurm/request-forms.ts`. */
export const slurmVersionNames = ['v0.0.38', 'v0.0.40'] as const;

const key = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, _ and -');
const count = z.int().nonnegative();

const limits = z.strictObject({
  max_concurrent_jobs: count.optional(),
  /** Hours. */
  max_core_hours: z.number().nonnegative().optional(),
  /** Bytes. */
  max_disk_space: count.optional(),
});

const jobType = z.strictObject({
  name: z.string(),
  /** Name of the plug-in. */
  job_type: z.enum(jobTypeNames),
  /** Settings by resource. */
  environment_details: z.record(key, z.record(z.string(), z.unknown())).default({}),
});

/** Capabilities that a resource gives to a job. Names of parameters and their meaning are those of the documented selection. */
const capabilities = z.strictObject({
  gpu_enabled: z.boolean(),
  max_cpus: z.int().positive(),
  max_memory_mb: z.int().positive(),
  /** At most a week: addresses that a job gets are valid no longer. */
  max_time_minutes: z.int().positive().max(10_080),
  /** Jobs with which the resource is full. Another resource is preferred then, no job is refused. */
  max_concurrent_jobs: z.int().positive().optional(),
});

const selectionCriteria = z.strictObject({
  priority: z.int().min(0).max(100),
  cost_per_core_hour: z.number().nonnegative().default(1),
  preferred_for_job_types: z.array(key).default([]),
});

const common = {
  name: z.string(),
  capabilities,
  selection_criteria: selectionCriteria.default({ priority: 50, cost_per_core_hour: 1, preferred_for_job_types: [] }),
};

/** Networks in which interactive jobs may serve, in CIDR notation: private ones by default. */
const serverNetworks = z
  .array(z.union([z.cidrv4(), z.cidrv6()]))
  .default(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']);

const resource = z.discriminatedUnion('resource_type', [
  z.strictObject({
    ...common,
    resource_type: z.literal('local'),
    connection_details: z
      .strictObject({
        /** Jobs that run at once; the others wait. */
        slots: z.int().positive().default(2),
      })
      .default({ slots: 2 }),
  }),
  z.strictObject({
    ...common,
    resource_type: z.literal('slurm'),
    server_networks: serverNetworks,
    connection_details: z.strictObject({
      /** Address of slurmrestd. */
      root_url: z.url({ protocol: /^https?$/ }),
      version: z.enum(slurmVersionNames),
      /** SLURM user that the jobs run as. */
      user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
      /** ARN of the secret with the user's JSON Web Token. */
      token_secret: z.string().min(1),
      /** Working directory; it exists on every node. */
      directory: z.string().startsWith('/').default('/tmp'),
      partition: z.string().optional(),
      gpu_partition: z.string().optional(),
      account: z.string().optional(),
    }),
  }),
  z.strictObject({
    ...common,
    capabilities: capabilities.extend({
      gpu_enabled: z.literal(false),
      // The largest task of Fargate (Amazon ECS developer guide, "Task size").
      max_cpus: z.int().positive().max(16),
      max_memory_mb: z.int().positive().max(122_880),
    }),
    resource_type: z.literal('fargate'),
    server_networks: serverNetworks,
    connection_details: z.strictObject({
      /** Image of the container with bash, curl, coreutils and findutils, by its digest. */
      image: z
        .string()
        .regex(/^[a-z0-9][a-z0-9._:/-]{0,200}@sha256:[0-9a-f]{64}$/, 'must be an image with its digest, …@sha256:…'),
      architecture: z.enum(['x86_64', 'arm64']).default('x86_64'),
      /** GiB of disk beside the inputs of a job. */
      disk_gib: z.int().min(1).max(200).default(20),
    }),
  }),
]);

/** HTTPS, and HTTP on the machine itself. */
const address = z
  .url({ protocol: /^https?$/ })
  .refine((url) => /^(https:|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/])/.test(`${url}/`), 'must be HTTPS');

const globus = z.strictObject({
  /** Id of the client to which Globus issues the tokens. */
  client_id: z.string().min(1).max(128),
  /** ARN of the secret with the client's secret. */
  client_secret: z.string().min(1),
  /** Further clients whose tokens are accepted. */
  trusted_clients: z.array(z.string()).default([]),
  /** Groups of which a person must be in one; everybody without any. */
  allowed_globus_groups: z.array(z.string()).default([]),
  auth_url: address.default('https://auth.globus.org'),
  groups_url: address.default('https://groups.api.globus.org'),
});

const fields = z.strictObject({
  /** Form of the body of `POST /uws/tokens/`. */
  api_user_authentication: z.enum(['accounts', 'api_clients', 'globus']).default('accounts'),
  /** Where tokens of Globus are checked, for the sign-in `globus`. */
  globus: globus.optional(),
  available_job_types: z.record(key, jobType).default({
    batch: { name: 'Batch', job_type: 'batch', environment_details: {} },
    command: { name: 'Command', job_type: 'command', environment_details: {} },
    jupyter_lab: { name: 'Jupyter Lab', job_type: 'jupyter_lab', environment_details: {} },
    local_test: { name: 'Test', job_type: 'local_test', environment_details: {} },
  }),
  /** Those of the type `local` are there only where the gateway runs on one machine. */
  available_resources: z.record(key, resource).default({
    local: {
      name: 'This machine',
      resource_type: 'local',
      capabilities: { gpu_enabled: false, max_cpus: 16, max_memory_mb: 131_072, max_time_minutes: 720 },
      selection_criteria: { priority: 50, cost_per_core_hour: 1, preferred_for_job_types: [] },
      connection_details: { slots: 2 },
    },
  }),
  parameters: z.array(parameterSchema).default(standardParameters),
  limits: z
    .strictObject({ user: limits.default({}), project: limits.default({}) })
    .default({ user: { max_concurrent_jobs: 1_000 }, project: {} }),
});

const schema = fields.refine(({ api_user_authentication: method, globus }) => method !== 'globus' || globus, {
  path: ['globus'],
  message: 'is needed for the sign-in by Globus',
});

/** Job types, resources, parameters and limits of a centre. */
export type WorkspacesConfiguration = z.infer<typeof schema>;

/** Validates a configuration, and adds the defaults. */
export const parseConfiguration = (value: unknown): z.ZodSafeParseResult<WorkspacesConfiguration> =>
  schema.safeParse(value);

/** @throws ConfigurationError naming what is missing or wrong */
export function readConfiguration(value: unknown): WorkspacesConfiguration {
  const { data, error } = parseConfiguration(value);
  if (error) throw new ConfigurationError(`Invalid configuration of workspaces. ${z.prettifyError(error)}`);
  return data;
}
