import { constants, createHash, type KeyObject, sign, verify } from 'node:crypto';
import * as z from 'zod';
import { pythonRepr } from '../platform/python-repr.ts';
import { Expired, InvalidToken, VerificationFailed } from './errors.ts';

/** Seconds after its issue in which a token is accepted: 36 hours. */
export const lifetime = 129_600;

/** Seconds by which the issuer's clock may be ahead. */
const maxSkew = 60;

/** Bytes of random salt in a signature: the most that PSS allows with a 2048-bit key and SHA-256. */
const saltLength = 222;

const integer = z.int('must be an integer');

const claimsSchema = z.object({
  code: z.string('must be a text'),
  id: integer,
  perm: integer,
  time: integer,
  belongs: z.array(z.string('must be a text'), 'must be a list of texts, or null').nullable(),
});

export const tokenSchema = claimsSchema.extend({ signature: z.string('must be a text') });

/** Claims of a signed token: `time` is the issue in seconds since 1970, `belongs` the codes of the owner's devices. */
export type Claims = z.infer<typeof claimsSchema>;

/** A token that other services verify offline. It travels as a JSON object. */
export type SignedToken = z.infer<typeof tokenSchema>;

/**
 * Signs claims: RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 222 bytes.
 *
 * @param key RSA, 2048 bits
 */
export function signToken(claims: Claims, key: KeyObject): SignedToken {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const signature = sign('sha256', Buffer.from(signedText(claims)), { key, padding, saltLength });
  return { ...claims, signature: signature.toString('base64') };
}

/**
 * Verifies a token against the issuer's keys. The age counts before the signature. Digits can move between `code`, `id` and
 * `time` without breaking the signature: a service that has records compares `id` with the one on record for `code`.
 *
 * @param token anything
 * @param keys public keys, RSA
 * @param now in milliseconds since 1970
 * @throws InvalidToken when the token is not of the documented form, or is of the future
 * @throws Expired when it is older than 36 hours
 * @throws VerificationFailed when no key made the signature
 */
export async function verifyToken(
  token: unknown,
  keys: () => Promise<readonly KeyObject[]>,
  now: number,
): Promise<Claims> {
  const { signature, ...claims } = parse(token);
  const bytes = decodeBase64(signature);
  const age = now / 1_000 - claims.time;
  if (age > lifetime) throw new Expired();
  if (age < -maxSkew) throw new InvalidToken('time: must not be in the future');
  const data = Buffer.from(signedText(claims));
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const isSignedBy = (key: KeyObject) =>
    verify('sha256', data, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_AUTO }, bytes);
  if (!(await keys()).some(isSignedBy)) throw new VerificationFailed();
  return claims;
}

/**
 * Reads a token from the header of a request: its JSON, or the Base64 of that.
 *
 * @returns nothing when the text is no token
 */
export function readToken(text: string): SignedToken | undefined {
  try {
    return tokenSchema.parse(JSON.parse(text.startsWith('{') ? text : Buffer.from(text, 'base64url').toString()));
  } catch {
    return undefined;
  }
}

/** The SHA-256 of a token. Unlike the signed text, it depends on where one field ends and the next begins. */
export function tokenHash({ code, id, perm, time, belongs, signature }: SignedToken): string {
  const bytes = Buffer.from(signature, 'base64').toString('base64');
  return createHash('sha256')
    .update(JSON.stringify([code, id, perm, time, belongs, bytes]))
    .digest('base64url');
}

/** The text under the signature: the fields without separators, the list as Python prints it. */
export const signedText = ({ code, id, time, belongs, perm }: Claims): string =>
  `${code}${id}${time}${pythonRepr(belongs)}${perm}`;

function parse(token: unknown): SignedToken {
  const { data, error } = tokenSchema.safeParse(token);
  if (data) return data;
  const [issue] = error.issues;
  throw new InvalidToken(`${issue?.path.join('.') || 'token'}: ${issue?.message}`);
}

/** Decodes Base64 as Python's `b64decode` does: skips characters outside of the alphabet, refuses missing padding. */
function decodeBase64(text: string): Buffer {
  const [data = '', ...rest] = text.replace(/[^A-Za-z0-9+/=]/g, '').split('=');
  const padding = { 0: 0, 1: Number.POSITIVE_INFINITY, 2: 2, 3: 1 }[data.length % 4] ?? 0;
  if (!/^\p{ASCII}*$/u.test(text) || rest.length < padding) throw new InvalidToken('signature: must be Base64');
  return Buffer.from(data, 'base64');
}
