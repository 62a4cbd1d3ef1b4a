import { batchGet, eventually } from '../../platform/dynamodb.ts';
import type { MessageContext } from '../context.ts';
import type { LineEntry, MessageRecord } from '../record.ts';
import { decisionsAbout, type Identified, keyOfReused } from './reused-ids.ts';

/** The attributes that identify a listed message. */
export type Listed = Pick<Identified, 'messageId' | 'contentHash'>;

const attributes = ['messageId', 'portalId', 'type', 'state', 'contentHash'] as const;

/** The attributes of a recorded message that are compared with a listed one. */
export type Known = Pick<MessageRecord, (typeof attributes)[number]>;

/** The relation of a listed message to the recorded ones. */
export type Match =
  | { kind: 'known'; known: Known }
  /** New: to be recorded under this key. */
  | { kind: 'new'; key: string }
  /** Its id belongs to a message with other content, and no operator has decided yet. */
  | { kind: 'undecided'; known: Known };

/** The recorded messages that have the ids of listed ones. */
export class KnownMessages {
  readonly #byKey: Map<string, Known>;
  readonly #decisions: ReadonlyMap<string, 'dismissed' | 'retried'>;

  private constructor(byKey: Map<string, Known>, decisions: ReadonlyMap<string, 'dismissed' | 'retried'>) {
    this.#byKey = byKey;
    this.#decisions = decisions;
  }

  /** @param entries the messages not marked yet, by key */
  static async read(
    context: Pick<MessageContext, 'db' | 'clock' | 'tables'>,
    entries: ReadonlyMap<string, LineEntry>,
    messages: readonly Listed[],
  ): Promise<KnownMessages> {
    const byKey = new Map<string, Known>();
    await readInto(byKey, context, entries, [...new Set(messages.map(({ messageId }) => messageId))]);
    const others = otherContents(byKey, messages);
    if (others.length === 0) return new KnownMessages(byKey, new Map());
    const keys = others.map(({ messageId, contentHash }) => keyOfReused(messageId, contentHash));
    const [decisions] = await Promise.all([
      decisionsAbout(context, others),
      readInto(byKey, context, entries, [...new Set(keys)]),
    ]);
    return new KnownMessages(byKey, decisions);
  }

  match({ messageId, contentHash }: Listed): Match {
    const first = this.#byKey.get(messageId);
    if (!first) return { kind: 'new', key: messageId };
    if (first.contentHash === contentHash) return { kind: 'known', known: first };
    const key = keyOfReused(messageId, contentHash);
    const own = this.#byKey.get(key);
    if (own?.contentHash === contentHash) return { kind: 'known', known: own };
    const decision = this.#decisions.get(key);
    if (decision === 'dismissed') return { kind: 'known', known: first };
    return decision === 'retried' && !own ? { kind: 'new', key } : { kind: 'undecided', known: first };
  }

  add(known: Known): void {
    this.#byKey.set(known.messageId, known);
  }
}

async function readInto(
  byKey: Map<string, Known>,
  { db, clock, tables }: Pick<MessageContext, 'db' | 'clock' | 'tables'>,
  entries: ReadonlyMap<string, LineEntry>,
  keys: readonly string[],
): Promise<void> {
  const unseen = keys.filter((messageId) => !entries.has(messageId)).map((messageId) => ({ messageId }));
  const open = keys.flatMap((messageId) => entries.get(messageId) ?? []);
  // A message that such a read misses is not inserted twice: that is refused, and the next poll knows it.
  const records = await batchGet<Known>(db, clock, tables.messages, unseen, attributes, eventually);
  for (const known of [...open, ...records]) byKey.set(known.messageId, known);
}

/** The listed messages whose ids belong to messages with other content, either recorded or earlier in the list. */
function otherContents(byKey: ReadonlyMap<string, Known>, messages: readonly Listed[]): Listed[] {
  const first = new Map<string, string>();
  return messages.filter(({ messageId, contentHash }) => {
    const hash = byKey.get(messageId)?.contentHash ?? first.get(messageId) ?? contentHash;
    first.set(messageId, hash);
    return hash !== contentHash;
  });
}
