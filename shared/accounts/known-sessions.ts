/** Sessions that are remembered at most. */
const maxRemembered = 1_000;

/** Facts of sessions that never change, so that they need not be read again: the account of a session, and that one is gone. */
export class KnownSessions {
  readonly #accounts = new Map<string, string | undefined>();

  /** Account of a session, as far as it is remembered. */
  accountOf(sessionId: string): string | undefined {
    return this.#accounts.get(sessionId);
  }

  isGone(sessionId: string): boolean {
    return this.#accounts.has(sessionId) && this.#accounts.get(sessionId) === undefined;
  }

  /** @param account nothing for a session that is gone and whose id is never used again */
  remember(sessionId: string, account: string | undefined): void {
    this.#accounts.set(sessionId, account);
    const [oldest] = this.#accounts.keys();
    if (oldest !== undefined && this.#accounts.size > maxRemembered) this.#accounts.delete(oldest);
  }
}
