import * as z from 'zod';
import { ConfigurationError } from '../platform/errors.ts';
import { lifetime } from './signed-token.ts';

/** Private keys of signed tokens. The id of a key is the time from which it signs (ISO 8601). */
export interface KeyRing {
  /** Id of the key that signs. */
  current: string;
  /** PEM by id, the current key and those whose tokens may still be valid. */
  keys: Readonly<Record<string, string>>;
}

const schema = z
  .object({ current: z.string() })
  .catchall(z.string())
  .transform(({ current, ...keys }) => ({ current, keys }))
  .pipe(z.object({ current: z.string(), keys: z.record(z.iso.datetime(), z.string()) }))
  .refine(({ current, keys }) => Object.hasOwn(keys, current));

/**
 * Reads a ring from a secret of the form `{"current": "2026-01-05T08:00:00.000Z", "2026-01-05T08:00:00.000Z": "PEM"}`.
 *
 * @throws ConfigurationError when it has another form
 */
export function parseKeyRing(text: string): KeyRing {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The cause is left out: it could quote the secret.
    throw new ConfigurationError(
      'The secret of the signing keys must be JSON: {"current": id, id: private key as PEM}, each id a time in ISO 8601',
    );
  }
}

export const formatKeyRing = ({ current, keys }: KeyRing): string => JSON.stringify({ current, ...keys });

/** Milliseconds in which functions may go on with a key that another has replaced, with a margin for their clocks. */
const overlap = 600_000;

/**
 * Ids of the keys that may have signed a token that is still valid.
 *
 * @param now milliseconds since 1970
 */
export function verifyingKeys({ current, keys }: KeyRing, now: number): string[] {
  const ids = Object.keys(keys).toSorted((one, other) => Date.parse(one) - Date.parse(other));
  return ids.filter((id, index) => {
    const successor = ids[index + 1];
    return id === current || successor === undefined || now < Date.parse(successor) + lifetime * 1_000 + overlap;
  });
}

/**
 * Adds a key, which signs from now on. Keys whose tokens have all expired are dropped.
 *
 * @param ring absent before the first key
 * @param pem of `makeSigningKey`
 * @param now milliseconds since 1970
 */
export function withNewKey(ring: KeyRing | undefined, pem: string, now: number): KeyRing {
  const current = new Date(now).toISOString();
  const kept = ring ? verifyingKeys(ring, now).map((id) => [id, ring.keys[id] ?? ''] as const) : [];
  return { current, keys: { ...Object.fromEntries(kept), [current]: pem } };
}
