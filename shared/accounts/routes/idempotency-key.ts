import { createHash } from 'node:crypto';
import type { Caller } from '../../api/access.ts';
import { refusals } from '../../api/refusals.ts';

interface KeyedRequest {
  caller: Caller;
  headers: Readonly<Record<string, string | undefined>>;
  parameters: Readonly<Record<string, string>>;
  body?: { password?: string | undefined } | undefined;
}

/**
 * The mark that a request with an `Idempotency-Key` leaves at the account that it creates or changes, in the same transaction.
 * The same request of the same caller has the same mark.
 *
 * @returns SHA-256 of caller, key and request without the password; nothing when the request has no key
 * @throws Refusal when the key is not 1 to 255 printable ASCII characters
 */
export function requestMark({ caller, headers, parameters, body }: KeyedRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw refusals.badRequest('Idempotency-Key: must be 1 to 255 printable ASCII characters without spaces');
  }
  // A hash that is made so fast would give a password away.
  const text = JSON.stringify([caller.name, key, parameters, { ...body, password: undefined }]);
  return createHash('sha256').update(text).digest('base64url');
}
