import { createDatabase } from '../../platform/clients.ts';
import { configuration } from '../../platform/configuration.ts';
import { createLog } from '../../platform/logger.ts';
import { tablesFromEnvironment, workspaceTablesFromEnvironment } from '../../platform/tables.ts';
import { systemClock } from '../../platform/time.ts';
import { readConfiguration } from '../configuration.ts';
import type { ProxyContext } from './context.ts';

/**
 * Reads the context of the proxy from its environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function proxyFromEnvironment(): ProxyContext {
  const { WORKSPACES, JOBS_URL } = configuration(['WORKSPACES', 'JOBS_URL']);
  return {
    db: createDatabase(),
    clock: systemClock,
    log: createLog(),
    tables: { ...tablesFromEnvironment(), ...workspaceTablesFromEnvironment() },
    configuration: readConfiguration(WORKSPACES),
    jobsUrl: JOBS_URL,
  };
}
