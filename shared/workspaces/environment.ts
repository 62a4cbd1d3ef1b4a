import { createDatabase, createS3, createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { tablesFromEnvironment, workspaceTablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import { readConfiguration, type WorkspacesConfiguration } from './configuration.ts';
import type { WorkspacesContext } from './context.ts';
import { jobExecutions } from './jobs/executions.ts';

/**
 * Reads the context of work on workspaces from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function workspacesFromEnvironment(): WorkspacesContext {
  const env = configuration(['WORKSPACES_BUCKET', 'WORKSPACES', 'JOB_STATE_MACHINE_ARN', 'JOBS_DIRECTORY']);
  const db = createDatabase();
  const tables = { ...tablesFromEnvironment(), ...workspaceTablesFromEnvironment() };
  return {
    db,
    clock: systemClock,
    log: createLog(),
    tables,
    workspacesBucket: { s3: createS3(), name: env.WORKSPACES_BUCKET },
    configuration: onThisMachine(readConfiguration(env.WORKSPACES), env.JOBS_DIRECTORY !== ''),
    jobs: jobExecutions({ db, tables, sfn: createSfn(), stateMachineArn: env.JOB_STATE_MACHINE_ARN }),
  };
}

/** Leaves out local resources where the gateway runs on Lambda. */
function onThisMachine(configured: WorkspacesConfiguration, isOneMachine: boolean): WorkspacesConfiguration {
  if (isOneMachine) return configured;
  const others = Object.entries(configured.available_resources).filter(([, each]) => each.resource_type !== 'local');
  return { ...configured, available_resources: Object.fromEntries(others) };
}
