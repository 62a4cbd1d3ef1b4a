import { signingKeys } from '../auth/signing-keys.ts';
import { createDatabase } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { secretReader } from '../platform/secrets.ts';
import { tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import type { AuthContext } from './auth-routes/context.ts';
import { authenticator } from './caller.ts';

/**
 * Reads the context of the routes of `/auth` from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function authFromEnvironment() {
  const env = configuration(['HIDE_UNKNOWN_USERS', 'SIGNING_KEYS_SECRET_ARN']);
  const readKeys = secretReader(env.SIGNING_KEYS_SECRET_ARN, systemClock);
  const context: AuthContext = {
    db: createDatabase(),
    clock: systemClock,
    log: createLog(),
    tables: tablesFromEnvironment(),
    signingKeys: signingKeys(async () => (await readKeys()).text, systemClock.now),
    settings: { hideUnknownUsers: env.HIDE_UNKNOWN_USERS },
  };
  return { ...context, authenticate: authenticator(context) };
}
