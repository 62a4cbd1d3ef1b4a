import { randomBytes } from 'node:crypto';
import { createEcs } from '../../platform/clients.ts';
import { configuration } from '../../platform/configuration.ts';
import { type Secret, secretReader } from '../../platform/secrets.ts';
import { systemClock } from '../../platform/time.ts';
import { workspacesFromEnvironment } from '../environment.ts';
import { createResources } from '../resources/all.ts';
import type { JobsContext } from './context.ts';

/**
 * Reads the context of the steps of jobs from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function jobsFromEnvironment(): JobsContext {
  const context = workspacesFromEnvironment();
  const env = configuration(['FILES_BUCKET', 'JOBS_DIRECTORY']);
  const readers = new Map<string, () => Promise<Secret>>();
  const readSecret = async (id: string) => {
    const read = readers.get(id) ?? secretReader(id, systemClock);
    readers.set(id, read);
    return (await read()).text;
  };
  return {
    ...context,
    newToken: () => randomBytes(32).toString('base64url'),
    resource: createResources({
      configuration: context.configuration,
      s3: context.workspacesBucket.s3,
      buckets: { workspaces: context.workspacesBucket.name, files: env.FILES_BUCKET },
      jobsDirectory: env.JOBS_DIRECTORY,
      tasks: () => ({ ecs: createEcs(), tasks: configuration(['JOB_TASKS']).JOB_TASKS }),
      readSecret,
    }),
  };
}
