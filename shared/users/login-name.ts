import { createHash } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const characters = 13;

/**
 * The login name of an access: `dst` and 13 characters of base 32, 65 bits of the identifier's SHA-256. It is a valid
 * name on every common Unix, tells nothing about the person, and is the same each time.
 *
 * A centre with rules of its own replaces this function. It must be pure. Where it gives two identifiers one name, the second
 * access is not made: its message is held.
 */
export function loginNameOf(accessIdentifier: string): string {
  const digest = createHash('sha256').update(accessIdentifier).digest();
  const name = Array.from(digest.subarray(0, characters), (byte) => alphabet[byte % alphabet.length]);
  return `dst${name.join('')}`;
}
