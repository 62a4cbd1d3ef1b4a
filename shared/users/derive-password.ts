import { createHmac, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { PasswordKeys } from '../platform/password-keys.ts';

/** 32 letters and digits that cannot be confused: without I, O, 0 and 1. */
export const passwordAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

const length = 20;
const version = 'one-time-password/1';

/** The input that makes the one-time password of each message different. */
export interface PasswordPurpose {
  centre: string;
  messageType: string;
  messageId: string;
  accessIdentifier: string;
}

/**
 * The one-time password of a message. It is the same each time, so that a retry sends the same password. 20 characters of 5
 * bits: 100 bits of an HMAC-SHA-256.
 *
 * @param key the secret
 */
export function oneTimePassword(key: string, purpose: PasswordPurpose): string {
  const hmac = createHmac('sha256', key);
  for (const part of [version, purpose.centre, purpose.messageType, purpose.messageId, purpose.accessIdentifier]) {
    const bytes = Buffer.from(part);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    hmac.update(size).update(bytes);
  }
  const bytes = hmac.digest().subarray(0, length);
  return Array.from(bytes, (byte) => passwordAlphabet[byte % passwordAlphabet.length]).join('');
}

/**
 * Cost of scrypt, which makes guessing expensive. As 100 random bits cannot be guessed at any cost, it is low: 128 KiB and
 * about 0.3 ms. Passwords chosen by people would need a thousand times that.
 */
const cost = { N: 128, r: 8, p: 1 };

/** A salted scrypt hash of a password, with its parameters: `scrypt$N$r$p$salt$hash`, base64url. */
export async function hashOneTimePassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await promisify<string, Buffer, number, typeof cost, Buffer>(scrypt)(password, salt, 32, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Derives a message's password with the current key. Returns the hash for the table and the id of the key for the message. */
export async function newPassword(keys: PasswordKeys, purpose: PasswordPurpose, hash = hashOneTimePassword) {
  const { keyId, key } = await keys.current();
  return { passwordKeyId: keyId, passwordHash: await hash(oneTimePassword(key, purpose)) };
}
