import { createCipheriv, createDecipheriv, hkdf, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { PasswordKeys } from '../../platform/password-keys.ts';

/** A secret encrypted with AES-256-GCM, as a table keeps it. */
export interface Sealed {
  /** Names the key of the password secret. */
  keyId: string;
  /** Nonce, ciphertext and tag, base64url. */
  sealed: string;
}

const nonceLength = 12;
const authTagLength = 16;

/** Separates these keys from the one-time passwords, which are derived from the same secret. */
const purpose = 'dst-gateway/second-factor/1';

/** Encrypts a secret of an account with the current key. No other account can open it. */
export async function seal(keys: PasswordKeys, account: string, secret: Uint8Array): Promise<Sealed> {
  const { keyId, key } = await keys.current();
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', await cipherKey(key), nonce, { authTagLength }).setAAD(
    Buffer.from(account),
  );
  const encrypted = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return { keyId, sealed: encrypted.toString('base64url') };
}

/** @throws ConfigurationError if the secret has no key of this id any more; Error if another account's secret was sealed */
export async function unseal(keys: PasswordKeys, account: string, { keyId, sealed }: Sealed): Promise<Buffer> {
  const bytes = Buffer.from(sealed, 'base64url');
  const key = await cipherKey(await keys.byId(keyId));
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceLength), { authTagLength })
    .setAAD(Buffer.from(account))
    .setAuthTag(bytes.subarray(-authTagLength));
  return Buffer.concat([decipher.update(bytes.subarray(nonceLength, -authTagLength)), decipher.final()]);
}

const cipherKey = async (key: string): Promise<Buffer> =>
  Buffer.from(await promisify(hkdf)('sha256', key, '', purpose, 32));
