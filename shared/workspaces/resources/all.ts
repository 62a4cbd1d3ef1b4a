import { join } from 'node:path';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../platform/errors.ts';
import type { WorkspacesConfiguration } from '../configuration.ts';
import { fargateResource } from './fargate/fargate.ts';
import type { JobTasks } from './fargate/tasks.ts';
import { localResource } from './local/local.ts';
import type { Resource } from './resource.ts';
import { createSlurmClient } from './slurm/client.ts';
import { slurmResource } from './slurm/slurm.ts';

export interface ResourcesOptions {
  configuration: Pick<WorkspacesConfiguration, 'available_resources'>;
  s3: S3Client;
  buckets: { workspaces: string; files: string };
  /** Directory of local jobs; empty where the gateway runs on Lambda, which has no machine for them. */
  jobsDirectory: string;
  /** The tasks of the deployment, with their client. @throws ConfigurationError where it has none */
  tasks?: () => { ecs: Pick<ECSClient, 'send'>; tasks: JobTasks };
  /** Reads a secret by its ARN or name. */
  readSecret: (id: string) => Promise<string>;
}

type Configured = WorkspacesConfiguration['available_resources'][string];

/**
 * The resources of the configuration by their keys, each created when it is needed first.
 *
 * @returns a function that throws PermanentError for a key without a resource
 */
export function createResources(options: ResourcesOptions): (key: string) => Resource {
  const created = new Map<string, Resource>();
  return (key) => {
    const configured = options.configuration.available_resources[key];
    if (!configured) throw new PermanentError(`The configuration has no resource ${key}`);
    const resource = created.get(key) ?? create(configured, key, options);
    created.set(key, resource);
    return resource;
  };
}

function create(configured: Configured, key: string, options: ResourcesOptions): Resource {
  const { s3, buckets, jobsDirectory, readSecret } = options;
  if (configured.resource_type === 'local') {
    if (jobsDirectory === '') throw new PermanentError('Local jobs need the gateway on one machine');
    const { slots } = configured.connection_details;
    return localResource({ directory: join(jobsDirectory, key), slots, s3, buckets });
  }
  if (configured.resource_type === 'fargate') {
    const { ecs, tasks } = options.tasks?.() ?? {};
    const definition = tasks?.definitions[key];
    if (!ecs || !tasks || !definition) throw new PermanentError(`The deployment has no task definition for ${key}`);
    return fargateResource({ ecs, tasks, definition, s3, buckets, diskGib: configured.connection_details.disk_gib });
  }
  const { root_url: url, version, user, token_secret, gpu_partition, ...rest } = configured.connection_details;
  const client = createSlurmClient({ url, version, user, token: () => readSecret(token_secret) });
  return slurmResource({ client, s3, buckets, gpuPartition: gpu_partition, ...rest });
}
