import { createHash } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const characters = 13;

/**
 * The login name of an access: `dst` and 13 characters of base 32, that is 65 bits of the identifier's SHA-256. The name is
 * valid on every common Unix, reveals nothing about the person, and is the same each time.
 *
 * A centre with its own rules replaces this function, which must be pure. If it gives two identifiers the same name, the second
 * access is not created and its message is held.
 */
export function loginNameOf(accessIdentifier: string): string {
  const digest = createHash('sha256').update(accessIdentifier).digest();
  const name = Array.from(digest.subarray(0, characters), (byte) => alphabet[byte % alphabet.length]);
  return `dst${name.join('')}`;
}
