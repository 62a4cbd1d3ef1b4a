import { type Argon2Parameters, argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Argon2id's cost: 19 MiB, two passes, one lane, the least that OWASP's password storage cheat sheet recommends. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;

const tagLength = 32;
const saltLength = 16;

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2);
const deriveScrypt = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(scrypt);

/**
 * Hashes a password with Argon2id and a salt of its own.
 *
 * @returns the PHC string, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltLength);
  const hash = await argon2id(password, salt, cost);
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

/**
 * Compares a password with a hash. The comparison takes the same work for an unknown account, of which there is no hash.
 *
 * @param stored a PHC string of Argon2id, or the scrypt hash of a one-time password; nothing when there is no such account
 * @returns whether the password is right, and whether a new hash should be stored because the cost has risen
 */
export async function verifyPassword(
  password: string,
  stored: string | undefined,
): Promise<{ matches: boolean; outdated: boolean }> {
  const argon = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(stored ?? unknown);
  if (argon) {
    const [, m, t, p, salt = '', hash = ''] = argon;
    const parameters = { memory: Number(m), passes: Number(t), parallelism: Number(p) };
    const computed = await argon2id(password, Buffer.from(salt, 'base64'), parameters);
    const outdated = parameters.memory < cost.memory || parameters.passes < cost.passes;
    return { matches: isSame(computed, Buffer.from(hash, 'base64')) && stored !== undefined, outdated };
  }
  // A one-time password has 100 random bits. Its hash is cheap, so the work of an own password is added.
  const [[, N, r, p, salt = '', hash = ''] = []] = [stored?.split('$')];
  const [computed] = await Promise.all([
    deriveScrypt(password, Buffer.from(salt, 'base64url'), 32, { N: Number(N), r: Number(r), p: Number(p) }),
    argon2id(password, Buffer.alloc(saltLength), cost),
  ]);
  return { matches: isSame(computed, Buffer.from(hash, 'base64url')), outdated: false };
}

/** Stands in for the hash of an account that does not exist. */
const unknown = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(Buffer.alloc(saltLength))}$${base64(Buffer.alloc(tagLength))}`;

const argon2id = (
  password: string,
  nonce: Buffer,
  { memory, passes, parallelism }: Record<keyof typeof cost, number>,
) =>
  // Passwords that look the same are the same: NIST SP 800-63B asks for a Unicode normal form.
  derive('argon2id', { message: password.normalize('NFC'), nonce, parallelism, tagLength, memory, passes });

const isSame = (computed: Buffer, stored: Buffer) =>
  computed.length === stored.length && timingSafeEqual(computed, stored);

/** Base64 without padding, as PHC strings have it. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
