import { createDatabase } from '../platform/clients.ts';
import { createLog } from '../platform/logger.ts';
import { tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import { findCaller } from './caller.ts';
import type { AccountContext } from './context.ts';

/**
 * What the functions behind the HTTP API need of accounts, by the environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function accountsFromEnvironment() {
  const context: AccountContext = {
    db: createDatabase(),
    clock: systemClock,
    log: createLog(),
    tables: tablesFromEnvironment(),
  };
  return { ...context, authenticate: (token: string) => findCaller(context, token) };
}
