import { formatKeyRing, withNewKey } from '../../shared/auth/key-ring.ts';
import { makeSigningKey } from '../../shared/auth/signing-keys.ts';
import { nameOf } from './resources.ts';
import type { Secrets } from './services/secrets.ts';

/**
 * Makes the first signing key of a gateway on this machine; on AWS an operator does.
 *
 * @param outputs of the stack, which names the secret if it has signing keys
 */
export async function makeFirstSigningKey(
  { values, keep }: Secrets,
  outputs: ReadonlyMap<string, string>,
): Promise<void> {
  const arn = outputs.get('SigningKeysSecret');
  if (arn === undefined || values.has(nameOf(arn))) return;
  const ring = formatKeyRing(withNewKey(undefined, await makeSigningKey(), Date.now()));
  keep(nameOf(arn), ring);
  values.set(nameOf(arn), ring);
}
