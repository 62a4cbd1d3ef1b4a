import type { LineEntry } from '../record.ts';

/** Stands for a content about which nobody has decided. */
const undecided = '?';

/**
 * Which messages a list has under ids that came with several contents. To tell the portal that such an id is processed is true
 * only when that holds for all that the portal lists under it.
 */
export class SharedIds {
  readonly #listed = new Map<string, Set<string>>();
  readonly #reusers: Map<string, LineEntry[]>;
  readonly #entries: ReadonlyMap<string, LineEntry>;

  /** @param entries the messages not marked yet, by their keys */
  constructor(entries: ReadonlyMap<string, LineEntry>) {
    this.#entries = entries;
    this.#reusers = Map.groupBy(
      [...entries.values()].filter(({ reuses }) => reuses !== undefined),
      ({ reuses = '' }) => reuses,
    );
  }

  /**
   * Notes a listed message whose id has come with several contents, now or before.
   *
   * @param key the message's; nothing while nobody has decided about its content
   * @param alsoListed keys of the same id that the list had before
   */
  note(messageId: string, key = undecided, alsoListed: readonly string[] = []): void {
    const keys = this.#listed.get(messageId) ?? new Set();
    this.#listed.set(messageId, keys);
    for (const each of [...alsoListed, key]) keys.add(each);
  }

  has(messageId: string): boolean {
    return this.#listed.has(messageId);
  }

  /** Keys of messages not marked yet that must not be marked for now, for the portal lists something else under their ids. */
  *contested(): Generator<string> {
    for (const [messageId, keys] of this.#listed) {
      const unmarked = [this.#entries.get(messageId), ...(this.#reusers.get(messageId) ?? [])];
      for (const entry of unmarked) {
        if (entry && !(keys.size === 1 && keys.has(entry.messageId))) yield entry.messageId;
      }
    }
  }

  /** Keys of listed messages that have to wait for another one of the same id. @param isDone whether nothing is left to do of a key */
  waiting(isDone: (key: string) => boolean): Set<string> {
    const groups = [...this.#listed.values()].map((keys) => [...keys]);
    return new Set(groups.filter((keys) => !keys.every((key) => key !== undecided && isDone(key))).flat());
  }
}
