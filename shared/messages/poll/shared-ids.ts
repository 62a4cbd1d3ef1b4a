import type { LineEntry } from '../record.ts';

/** Key of a content about which no operator has decided. */
const undecided = '?';

/**
 * Ids that the portal lists with several contents, and the messages listed under them. Such an id may be marked only when every
 * message listed under it is done.
 */
export class SharedIds {
  readonly #listed = new Map<string, Set<string>>();
  readonly #reusers: Map<string, LineEntry[]>;
  readonly #entries: ReadonlyMap<string, LineEntry>;

  /** @param entries the messages not marked yet, by key */
  constructor(entries: ReadonlyMap<string, LineEntry>) {
    this.#entries = entries;
    this.#reusers = Map.groupBy(
      [...entries.values()].filter(({ reuses }) => reuses !== undefined),
      ({ reuses = '' }) => reuses,
    );
  }

  /**
   * Records a listed message whose id was listed with several contents, now or before.
   *
   * @param key of the message; undefined until an operator has decided about its content
   * @param alsoListed keys listed before under the same id
   */
  note(messageId: string, key = undecided, alsoListed: readonly string[] = []): void {
    const keys = this.#listed.get(messageId) ?? new Set();
    this.#listed.set(messageId, keys);
    for (const each of [...alsoListed, key]) keys.add(each);
  }

  has(messageId: string): boolean {
    return this.#listed.has(messageId);
  }

  /** Keys of unmarked messages that must not be marked now because the portal lists something else under their ids. */
  *contested(): Generator<string> {
    for (const [messageId, keys] of this.#listed) {
      const unmarked = [this.#entries.get(messageId), ...(this.#reusers.get(messageId) ?? [])];
      for (const entry of unmarked) {
        if (entry && !(keys.size === 1 && keys.has(entry.messageId))) yield entry.messageId;
      }
    }
  }

  /**
   * Keys of listed messages that have to wait for another message with the same id. @param isDone whether the message of a key
   * is done
   */
  waiting(isDone: (key: string) => boolean): Set<string> {
    const groups = [...this.#listed.values()].map((keys) => [...keys]);
    return new Set(groups.filter((keys) => !keys.every((key) => key !== undecided && isDone(key))).flat());
  }
}
