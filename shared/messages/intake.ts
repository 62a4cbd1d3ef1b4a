import { raiseIncident } from '../operations/incidents.ts';
import { batchGet } from '../platform/dynamodb.ts';
import type { ListedMessage } from '../portal/messages.ts';
import type { Bridge } from './bridge.ts';
import { insertMessages, type NewMessage, newMessage } from './insert.ts';
import { ownLine, ProjectsOfList, positionOf, subjectOf } from './lines.ts';
import { forbidMarking } from './mark.ts';
import type { LineEntry, MessageRecord } from './record.ts';
import { type IntakeTables, storedProjects } from './stored-projects.ts';

const knownAttributes = ['messageId', 'portalId', 'state', 'contentHash'] as const;
type Known = Pick<MessageRecord, (typeof knownAttributes)[number]>;

/** Messages that are taken at once: so many, and of so many characters that they and what is read of them stay in memory. */
const chunkSize = 100;
const chunkLength = 4_000_000;

/** Takes a portal's list into the tables, in its order. One for each poll. */
export class Intake {
  /** Ids of the messages listed so far. */
  readonly listed = new Set<string>();
  /** Ids, as the portal has them, of the listed messages that it should not list any more because it agreed to mark them. */
  readonly marked: string[] = [];
  added = 0;
  readonly #bridge: Bridge;
  readonly #tables: IntakeTables;
  readonly #poll: number;
  readonly #entries: Map<string, LineEntry>;
  readonly #projects = new ProjectsOfList();
  readonly #reused = new Set<string>();
  #index = 0;

  /**
   * @param poll number of the poll
   * @param entries the messages not marked yet, by id; the new ones are added
   */
  constructor(bridge: Bridge, tables: IntakeTables, poll: number, entries: Map<string, LineEntry>) {
    this.#bridge = bridge;
    this.#tables = tables;
    this.#poll = poll;
    this.#entries = entries;
  }

  /** @throws what the list throws, after everything that came before it is taken */
  async takeAll(list: AsyncIterable<ListedMessage>): Promise<void> {
    let chunk: ListedMessage[] = [];
    let length = 0;
    try {
      for await (const message of list) {
        chunk.push(message);
        length += message.raw.length;
        if (chunk.length < chunkSize && length < chunkLength) continue;
        const full = chunk;
        chunk = [];
        length = 0;
        await this.#take(full);
      }
    } finally {
      await this.#take(chunk);
    }
  }

  async #take(chunk: readonly ListedMessage[]): Promise<void> {
    const known = await this.#knownOf(chunk);
    const stored = await storedProjects(this.#bridge, this.#tables, subjectsOfNew(chunk, known));
    const fresh: NewMessage[] = [];
    for (const message of chunk) {
      const index = this.#index++;
      if (message.readable) this.#projects.note(message.content);
      const { messageId } = message;
      if (messageId === undefined) {
        await this.#reportUnreadable(message);
        continue;
      }
      this.listed.add(messageId);
      const before = known.get(messageId);
      if (before) {
        await this.#compare(before, message);
        continue;
      }
      known.set(messageId, { messageId, state: 'open', contentHash: message.contentHash });
      const line = message.readable ? this.#projects.lineOf(message.content, stored) : ownLine(messageId);
      fresh.push(await newMessage(this.#bridge, message, messageId, { line, position: positionOf(this.#poll, index) }));
    }
    await insertMessages(this.#bridge, this.#poll, fresh);
    for (const messageId of this.#reused) await forbidMarking(this.#bridge, messageId);
    this.#reused.clear();
    for (const { entry } of fresh) this.#entries.set(entry.messageId, entry);
    this.added += fresh.length;
  }

  async #knownOf(chunk: readonly ListedMessage[]): Promise<Map<string, Known>> {
    const ids = [...new Set(chunk.flatMap(({ messageId }) => messageId ?? []))];
    const { db, clock, tables } = this.#bridge;
    const unseen = ids.filter((messageId) => !this.#entries.has(messageId)).map((messageId) => ({ messageId }));
    const records = await batchGet<Known>(db, clock, tables.messages, unseen, knownAttributes);
    const open = ids.flatMap((messageId) => this.#entries.get(messageId) ?? []);
    return new Map([...open, ...records].map((known) => [known.messageId, known]));
  }

  async #compare(known: Known, { contentHash }: ListedMessage): Promise<void> {
    const { messageId } = known;
    if (known.contentHash === contentHash) {
      if (known.state === 'marked') this.marked.push(known.portalId ?? messageId);
      return;
    }
    if (known.state !== 'marked') this.#reused.add(messageId);
    await raiseIncident(this.#bridge, {
      kind: 'message-id-reused',
      subject: `${messageId} ${contentHash}`,
      messageId,
      expected: 'the content that this message id had before',
      found: 'other content: the portal may have been reset',
    });
  }

  async #reportUnreadable(message: ListedMessage): Promise<void> {
    const found = message.readable ? 'no message id' : message.problem;
    await raiseIncident(this.#bridge, {
      kind: 'unreadable-message',
      subject: message.contentHash,
      expected: 'a message with an id',
      found,
    });
  }
}

function subjectsOfNew(chunk: readonly ListedMessage[], known: ReadonlyMap<string, Known>): Set<string> {
  const subjects = chunk.flatMap((message) =>
    message.readable && !known.has(message.messageId) && !('projectNo' in message.content.data)
      ? subjectOf(message.content)
      : [],
  );
  return new Set(subjects);
}
