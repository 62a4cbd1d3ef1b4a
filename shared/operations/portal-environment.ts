import { configuration } from '../platform/configuration.ts';
import type { Database } from '../platform/dynamodb.ts';
import { secretReader } from '../platform/secrets.ts';
import type { Tables } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import { createPortal, type Portal, type PortalOptions } from '../portal/client.ts';
import { guardedKey } from './guarded-key.ts';

/**
 * Creates the client of the portal from the function's environment. It never uses a key that the portal is known to refuse.
 *
 * @throws ConfigurationError naming the variables that are missing or wrong
 */
export function portalFromEnvironment(
  db: Database,
  { control }: Tables,
  options: Pick<PortalOptions, 'strict' | 'largeFileEncoding' | 'timeouts'> = {},
): Portal {
  const env = configuration(['PORTAL_URL', 'PORTAL_API_KEY_SECRET_ARN']);
  const readKey = secretReader(env.PORTAL_API_KEY_SECRET_ARN, systemClock);
  const apiKey = guardedKey(readKey, { db, clock: systemClock, table: control });
  return createPortal({ baseUrl: env.PORTAL_URL, apiKey, clock: systemClock, ...options });
}
