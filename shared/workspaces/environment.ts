import { createDatabase, createS3 } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { ConfigurationError } from '../platform/errors.ts';
import { createLog } from '../platform/logger.ts';
import { tablesFromEnvironment, workspaceTablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import { readConfiguration } from './configuration.ts';
import type { JobExecutions, WorkspacesContext } from './context.ts';

/** Settings allow no resource yet, so no job is ever started. */
const noExecutions: JobExecutions = {
  start: () => Promise.reject(new ConfigurationError('There is no resource that runs jobs')),
};

/**
 * Reads the context of work on workspaces from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function workspacesFromEnvironment(): WorkspacesContext {
  const env = configuration(['WORKSPACES_BUCKET', 'WORKSPACES']);
  return {
    db: createDatabase(),
    clock: systemClock,
    log: createLog(),
    tables: { ...tablesFromEnvironment(), ...workspaceTablesFromEnvironment() },
    workspacesBucket: { s3: createS3(), name: env.WORKSPACES_BUCKET },
    configuration: readConfiguration(env.WORKSPACES),
    jobs: noExecutions,
  };
}
