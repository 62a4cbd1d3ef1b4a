import { createDatabase } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { passwordKeys } from '../platform/password-keys.ts';
import { secretReader } from '../platform/secrets.ts';
import { tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import { authenticator } from './caller.ts';
import { parseFirstAdmin } from './first-admin.ts';
import type { AccountsContext } from './routes/context.ts';

/**
 * Reads the context of the routes of accounts from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function accountsFromEnvironment() {
  const env = configuration([
    ...(['HIDE_UNKNOWN_USERS', 'FIRST_ADMIN_SECRET_ARN', 'CENTRE', 'PASSWORD_SECRET_ARN'] as const),
    ...(['WEBAUTHN_DOMAIN', 'WEBAUTHN_ORIGINS', 'LIVE_URL'] as const),
  ]);
  const readFirstAdmin = secretReader(env.FIRST_ADMIN_SECRET_ARN, systemClock);
  const readKeys = secretReader(env.PASSWORD_SECRET_ARN, systemClock);
  const context: AccountsContext = {
    db: createDatabase(),
    clock: systemClock,
    log: createLog(),
    tables: tablesFromEnvironment(),
    firstAdmin: async () => parseFirstAdmin((await readFirstAdmin()).text),
    keys: passwordKeys(async () => (await readKeys()).text),
    service: { name: `DST Gateway ${env.CENTRE}`, domain: env.WEBAUTHN_DOMAIN, origins: env.WEBAUTHN_ORIGINS },
    settings: { hideUnknownUsers: env.HIDE_UNKNOWN_USERS },
    liveUrl: env.LIVE_URL,
  };
  return { ...context, authenticate: authenticator(context) };
}
