import { type Database, eventually } from '../platform/dynamodb.ts';
import type { Secret } from '../platform/secrets.ts';
import type { Clock } from '../platform/time.ts';
import { PortalUnauthorizedError } from '../portal/errors.ts';
import { listCall } from '../portal/list.ts';
import { isLeftAlone, type PortalHealth } from '../portal/outage-rules.ts';
import { readPortalHealth } from './portal-health.ts';

/** Time for which the portal's health is cached, in milliseconds; shorter than the poll interval. */
const cacheTime = 10_000;

/**
 * Gives the portal's API key unless the portal is known to refuse this version of the key: the caller then gets the portal's
 * refusal without a call, so callers need no knowledge of outages. Only the list is requested with a refused key, when a retry
 * is due.
 *
 * @param read fetches the key
 * @throws PortalUnauthorizedError if the key was refused
 */
export function guardedKey(
  read: () => Promise<Secret>,
  { db, clock, table }: { db: Database; clock: Clock; table: string },
): (call: string) => Promise<Secret> {
  let seen: { health: PortalHealth; at: number } | undefined;
  return async (call) => {
    const key = await read();
    const now = clock.now();
    const isList = call === listCall;
    if (!seen || isList || seen.at + cacheTime <= now)
      seen = { health: await readPortalHealth(db, table, isList ? undefined : eventually), at: now };
    const { state, keyVersion } = seen.health;
    if (state !== 'unauthorized' || keyVersion !== key.version || (isList && !isLeftAlone(seen.health, now)))
      return key;
    throw new PortalUnauthorizedError({
      call: 'API key',
      problem: 'the portal has refused this version of the key; only the list is asked for with it, now and then',
      retryable: true,
      keyVersion,
    });
  };
}
