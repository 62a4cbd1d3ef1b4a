import { AuthenticationError } from './errors.ts';
import type { Timing } from './timing.ts';

/** A token, and when it ends, in milliseconds since 1970; a token without an end is used until the server refuses it. */
export interface Token {
  /** A text, or a signed token as the object that it is. */
  token: unknown;
  expiresAt?: number;
  /** True if the token is for one connection alone: the next connection asks for another, also when this one is refused. */
  isForOnce?: boolean;
}

/** Provides a token whenever the client needs one. After an error it is called again later, except after a `PermanentError`. */
export type TokenProvider = () => Token | Promise<Token>;

/** Milliseconds before the end of a token at which another one is asked for; half of the rest for a short one. */
const renewalMargin = 60_000;

/** The token in use: the provider is asked for another one when this one ends or is refused. */
export class TokenSource {
  readonly #provider: TokenProvider;
  readonly #timing: Timing;
  #current: Token | undefined;
  #isNew = false;

  constructor(provider: TokenProvider, timing: Timing) {
    this.#provider = provider;
    this.#timing = timing;
  }

  /** The token to connect with. */
  async get(): Promise<unknown> {
    if (this.#current && !this.#current.isForOnce && this.#renewalIn(this.#current) !== 0) {
      this.#isNew = false;
      return this.#current.token;
    }
    return this.renew();
  }

  /** Asks for another token. */
  async renew(): Promise<unknown> {
    this.#current = await this.#provider();
    this.#isNew = true;
    return this.#current.token;
  }

  /** Drops the token after the server has refused it. */
  discard(): void {
    this.#current = undefined;
  }

  /**
   * Drops a refused token. One for a single connection ends soon, perhaps before its first message: the provider knows whether there
   * is another.
   *
   * @throws AuthenticationError when the server has refused a token that it had not seen before
   */
  refuse(comment: string): void {
    if (this.#isNew && !this.#current?.isForOnce)
      throw new AuthenticationError(`The server refuses the token: ${comment}`);
    this.discard();
  }

  /** Milliseconds until the next token has to be requested; undefined for never. */
  get renewalIn(): number | undefined {
    return this.#current && this.#renewalIn(this.#current);
  }

  #renewalIn({ expiresAt }: Token): number | undefined {
    if (expiresAt === undefined) return undefined;
    const left = Math.max(0, expiresAt - this.#timing.now());
    return left - Math.min(renewalMargin, left / 2);
  }
}
