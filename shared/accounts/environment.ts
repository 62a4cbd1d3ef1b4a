import { createDatabase } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import { findCaller } from './caller.ts';
import type { AccountsContext } from './routes/context.ts';

/**
 * What the routes of accounts need, by the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function accountsFromEnvironment() {
  const { HIDE_UNKNOWN_USERS: hideUnknownUsers } = configuration(['HIDE_UNKNOWN_USERS']);
  const context: AccountsContext = {
    db: createDatabase(),
    clock: systemClock,
    log: createLog(),
    tables: tablesFromEnvironment(),
    settings: { hideUnknownUsers },
  };
  return { ...context, authenticate: (token: string) => findCaller(context, token) };
}
