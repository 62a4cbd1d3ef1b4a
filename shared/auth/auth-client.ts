import { createPublicKey, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { TransientError } from '../platform/errors.ts';
import { VerificationFailed } from './errors.ts';
import { type Claims, verifyToken } from './signed-token.ts';

export { Expired, InvalidToken, VerificationFailed } from './errors.ts';

/** Milliseconds for which the issuer's public keys are kept. */
const keptFor = 3_600_000;

/** Milliseconds after which they are fetched anew for a token that none of them verifies: the issuer may have a new key. */
const keptAtLeast = 60_000;

/** Milliseconds after which the issuer's answer is given up. */
const timeout = 5_000;

const keysSchema = z.object({
  publickey: z.string(),
  /** All keys whose tokens may still be valid, the one of `publickey` among them. */
  keys: z.array(z.object({ kid: z.string(), publickey: z.string() })).optional(),
});

/** Owner of a signed token. */
export interface Client {
  /** The e-mail address of a person, or the code of a device. */
  code: string;
  /** The user's id; for a device its owner's. */
  uid: number;
  /** Codes of the user's devices; `null` for a device. */
  belongs: string[] | null;
  isUser: boolean;
  permissions: number;
}

export interface AuthOptions {
  /** The time in milliseconds since 1970. */
  now?: () => number;
  fetch?: typeof globalThis.fetch;
}

/**
 * Verifies signed tokens in another service, with the gateway's public keys.
 *
 * @example
 * const auth = new Auth('https://api.centre.example/auth');
 * const { uid, permissions } = await auth.verify(request.body.token);
 */
export class Auth {
  readonly #url: string;
  readonly #now: () => number;
  readonly #fetch: typeof globalThis.fetch;
  #kept: { keys: KeyObject[]; since: number } | undefined;
  #asked: Promise<KeyObject[]> | undefined;

  /** @param url of the gateway's `/auth`, without a slash at the end */
  constructor(url: string, { now = Date.now, fetch = globalThis.fetch }: AuthOptions = {}) {
    this.#url = url;
    this.#now = now;
    this.#fetch = fetch;
  }

  /**
   * @param token the JSON object of a message or body
   * @throws InvalidToken when it is not a token
   * @throws Expired when it is older than 36 hours
   * @throws VerificationFailed when its signature is not the gateway's
   * @throws TransientError when the gateway does not give its public key
   */
  async verify(token: unknown): Promise<Client> {
    const { code, id, belongs, perm } = await this.#claims(token);
    return { code, uid: id, belongs, isUser: code.includes('@'), permissions: perm };
  }

  async #claims(token: unknown): Promise<Claims> {
    const verifyWith = (maxAge: number) => verifyToken(token, () => this.#keys(maxAge), this.#now());
    try {
      return await verifyWith(keptFor);
    } catch (error) {
      if (error instanceof VerificationFailed) return verifyWith(keptAtLeast);
      throw error;
    }
  }

  /**
   * The keys are asked for once, however many tokens come meanwhile. An outage of the gateway takes none away that is kept.
   *
   * @param maxAge in milliseconds
   */
  async #keys(maxAge: number): Promise<KeyObject[]> {
    if (this.#kept && this.#now() - this.#kept.since < maxAge) return this.#kept.keys;
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  async #ask(): Promise<KeyObject[]> {
    const since = this.#now();
    const keys = await this.#read();
    this.#kept = { keys, since };
    return keys;
  }

  async #read(): Promise<KeyObject[]> {
    try {
      const response = await this.#fetch(`${this.#url}/requestPublicKey`, { signal: AbortSignal.timeout(timeout) });
      const { publickey, keys = [] } = keysSchema.parse(await response.json());
      return [...new Set([publickey, ...keys.map((key) => key.publickey)])].map((pem) => createPublicKey(pem));
    } catch (cause) {
      throw new TransientError('The gateway does not give its public key', { cause });
    }
  }
}
