import { createDatabase, createS3, createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { secretReader } from '../platform/secrets.ts';
import { tablesFromEnvironment, workspaceTablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import { readConfiguration, type WorkspacesConfiguration } from './configuration.ts';
import type { WorkspacesContext } from './context.ts';
import { jobExecutions } from './jobs/executions.ts';
import { createGlobusClient } from './tokens/globus-client.ts';

/**
 * Reads the context of work on workspaces from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function workspacesFromEnvironment(): WorkspacesContext {
  const env = configuration(['WORKSPACES_BUCKET', 'WORKSPACES', 'JOB_STATE_MACHINE_ARN', 'JOBS_DIRECTORY']);
  const db = createDatabase();
  const parsed = readConfiguration(env.WORKSPACES);
  const tables = { ...tablesFromEnvironment(), ...workspaceTablesFromEnvironment() };
  return {
    db,
    clock: systemClock,
    log: createLog(),
    tables,
    workspacesBucket: { s3: createS3(), name: env.WORKSPACES_BUCKET },
    configuration: onThisMachine(parsed, env.JOBS_DIRECTORY !== ''),
    globus: globusOf(parsed),
    jobs: jobExecutions({ db, tables, sfn: createSfn(), stateMachineArn: env.JOB_STATE_MACHINE_ARN }),
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

/** Leaves out local resources where the gateway runs on Lambda. */
function onThisMachine(configured: WorkspacesConfiguration, isOneMachine: boolean): WorkspacesConfiguration {
  if (isOneMachine) return configured;
  const others = Object.entries(configured.available_resources).filter(([, each]) => each.resource_type !== 'local');
  return { ...configured, available_resources: Object.fromEntries(others) };
}
