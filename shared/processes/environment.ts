import { createDatabase } from '../platform/clients.ts';
import { createLog } from '../platform/logger.ts';
import { processTablesFromEnvironment, tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import type { ProcessContext } from './context.ts';
import { allServices } from './services/all.ts';
import { workHandlers } from './work-handlers.ts';

/**
 * Reads the context of work on processes from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export const processesFromEnvironment = (): ProcessContext => ({
  db: createDatabase(),
  clock: systemClock,
  log: createLog(),
  tables: { ...tablesFromEnvironment(), ...processTablesFromEnvironment() },
  services: allServices,
  work: workHandlers,
});
