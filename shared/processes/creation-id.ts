import { createHash } from 'node:crypto';
import type { ProcessContext } from './context.ts';
import { refusals } from './errors.ts';

/**
 * The id of what a request creates: random, or by the request's `Idempotency-Key`, so that a repeated request creates the same.
 *
 * @param scope whose key it is: the owner of a project, or the project of a process, with its time: DST uses numbers again
 * @throws Refusal when the key is not 1 to 255 printable ASCII characters
 */
export function creationId(
  { newId }: Pick<ProcessContext, 'newId'>,
  headers: Readonly<Record<string, string | undefined>>,
  scope: string,
): string {
  const key = headers['idempotency-key'];
  if (key === undefined) return newId();
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw refusals.badRequest('Idempotency-Key: must be 1 to 255 printable ASCII characters without spaces');
  }
  return createHash('sha256')
    .update(JSON.stringify([scope, key]))
    .digest('base64url');
}
