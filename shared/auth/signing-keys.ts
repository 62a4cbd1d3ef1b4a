import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { parseKeyRing, verifyingKeys } from './key-ring.ts';

/** The keys of signed tokens, as a function uses them. */
export interface SigningKeys {
  /** The private key that signs, and its public half, with which services verify. */
  current: KeyPair;
  /** Public keys of the tokens that may still be valid, the current one among them. */
  verifying: { keyId: string; publicKey: KeyObject }[];
}

interface KeyPair {
  keyId: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/**
 * Creates a function that gives the keys of a secret. Keys are parsed once for each value of the secret.
 *
 * @param read fetches the secret's text
 * @param now gives milliseconds since 1970
 * @throws ConfigurationError when the secret has no value, or one of another form
 */
export function signingKeys(read: () => Promise<string>, now: () => number): () => Promise<SigningKeys> {
  let parsed: { text: string; pairs: Map<string, KeyPair> } | undefined;
  return async () => {
    const text = await read();
    const ring = parseKeyRing(text);
    if (parsed?.text !== text) parsed = { text, pairs: new Map() };
    const { pairs } = parsed;
    const pairOf = (keyId: string): KeyPair => {
      const pair = pairs.get(keyId) ?? pairFrom(keyId, ring.keys[keyId] ?? '');
      pairs.set(keyId, pair);
      return pair;
    };
    return { current: pairOf(ring.current), verifying: verifyingKeys(ring, now()).map(pairOf) };
  };
}

function pairFrom(keyId: string, pem: string): KeyPair {
  const privateKey = createPrivateKey(pem);
  return { keyId, privateKey, publicKey: createPublicKey(privateKey) };
}

/** @returns the PEM (SubjectPublicKeyInfo) */
export const publicPem = (publicKey: KeyObject): string => String(publicKey.export({ type: 'spki', format: 'pem' }));

/** Makes a private key for `withNewKey`: RSA, 2048 bits, exponent 65537. @returns the PEM (PKCS #8) */
export async function makeSigningKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}
