import * as z from 'zod';
import { ConfigurationError } from '../platform/errors.ts';
import { parameterSchema, standardParameters } from './parameters.ts';

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
  job_type: z.string(),
  /** Settings by resource. */
  environment_details: z.record(key, z.record(z.string(), z.unknown())).default({}),
});

const resource = z.looseObject({
  name: z.string(),
  /** Name of the plug-in. */
  resource_type: z.string(),
  capabilities: z.looseObject({
    gpu_enabled: z.boolean(),
    max_cpus: z.int().positive(),
    max_memory_mb: z.int().positive(),
    max_time_minutes: z.int().positive(),
  }),
});

const schema = z.strictObject({
  /** Form of the body of `POST /uws/tokens/`. */
  api_user_authentication: z.enum(['accounts', 'api_clients']).default('accounts'),
  available_job_types: z.record(key, jobType).default({}),
  available_resources: z.record(key, resource).default({}),
  parameters: z.array(parameterSchema).default(standardParameters),
  limits: z
    .strictObject({ user: limits.default({}), project: limits.default({}) })
    .default({ user: { max_concurrent_jobs: 1_000 }, project: {} }),
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
