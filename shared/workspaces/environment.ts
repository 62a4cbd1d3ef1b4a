import { createDatabase, createS3, createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { secretReader } from '../platform/secrets.ts';
import { tablesFromEnvironment, workspaceTablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import { readConfiguration, type WorkspacesConfiguration } from './configuration.ts';
import type { WorkspacesContext } from './context.ts';
import { jobTypeOf } from './job-types/all.ts';
import { jobExecutions } from './jobs/executions.ts';
import { createGlobusClient } from './tokens/globus-client.ts';

/**
 * Reads the context of work on workspaces from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function workspacesFromEnvironment(): WorkspacesContext {
  const env = configuration(['WORKSPACES_BUCKET', 'WORKSPACES', 'JOB_STATE_MACHINE_ARN', 'JOBS_DIRECTORY', 'JOBS_URL']);
  const db = createDatabase();
  const parsed = readConfiguration(env.WORKSPACES);
  const tables = { ...tablesFromEnvironment(), ...workspaceTablesFromEnvironment() };
  return {
    db,
    clock: systemClock,
    log: createLog(),
    tables,
    workspacesBucket: { s3: createS3(), name: env.WORKSPACES_BUCKET },
    configuration: available(parsed, env),
    globus: globusOf(parsed),
    jobsUrl: env.JOBS_URL,
    jobs: jobExecutions({
      db,
      clock: systemClock,
      tables,
      sfn: createSfn(),
      stateMachineArn: env.JOB_STATE_MACHINE_ARN,
    }),
  };
}

function globusOf({ api_user_authentication: method, globus }: WorkspacesConfiguration): WorkspacesContext['globus'] {
  if (method !== 'globus' || !globus) return undefined;
  const read = secretReader(globus.client_secret, systemClock);
  const client = createGlobusClient({
    authUrl: globus.auth_url,
    groupsUrl: globus.groups_url,
    clientId: globus.client_id,
    trustedClients: globus.trusted_clients,
    readSecret: async () => (await read()).text,
  });
  return { client, allowedGroups: globus.allowed_globus_groups };
}

/** Leaves out local resources where the gateway runs on Lambda, and interactive jobs where no proxy serves them. */
function available(
  configured: WorkspacesConfiguration,
  { JOBS_DIRECTORY, JOBS_URL }: { JOBS_DIRECTORY: string; JOBS_URL: string },
): WorkspacesConfiguration {
  const { available_resources: resources, available_job_types: types } = configured;
  return {
    ...configured,
    available_resources: pick(resources, (key) => JOBS_DIRECTORY !== '' || resources[key]?.resource_type !== 'local'),
    available_job_types: pick(types, (key) => JOBS_URL !== '' || !jobTypeOf(configured, key).server),
  };
}

const pick = <Value>(all: Record<string, Value>, keeps: (key: string) => boolean): Record<string, Value> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => keeps(key)));
