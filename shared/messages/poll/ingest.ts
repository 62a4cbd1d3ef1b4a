import { type Incident, raiseIncident } from '../../operations/incidents.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import type { ListedMessage, ReadableMessage } from '../../portal/parse-message.ts';
import type { MessageContext } from '../context.ts';
import { forbidMarking } from '../mark.ts';
import type { LineEntry, Reference } from '../record.ts';
import { ownLine, positionOf, sharedSubjects } from '../subject.ts';
import { noteFollowers, writeFollowers } from './followers.ts';
import { insertMessages, type NewMessage, newMessage } from './insert.ts';
import { KnownMessages, type Match } from './known-messages.ts';
import { type About, Predecessors } from './predecessors.ts';
import { lookUpProjects } from './project-lookup.ts';
import { type Identified, reuseIncident } from './reused-ids.ts';
import { SharedIds } from './shared-ids.ts';
import { unfinishedOf } from './unfinished.ts';

/** Limits of messages ingested together, in number and in characters, so that they and the rows read for them fit in memory. */
const messagesAtOnce = 100;
const charactersAtOnce = 4_000_000;

const concurrency = 10;

const referenceTo = ({ line, position, messageId }: LineEntry): Reference => ({ line, position, messageId });

/** Writes the messages of the portal's list into the tables, in their order. One instance for each poll. */
export class Ingestion {
  /** Keys of the messages listed so far. */
  readonly listed = new Set<string>();
  /** Keys of the listed messages that the portal should not list any more, because it agreed to mark them. */
  readonly marked = new Set<string>();
  /** Ids listed with several contents. */
  readonly shared: SharedIds;
  added = 0;
  readonly #context: MessageContext;
  readonly #poll: number;
  readonly #entries: Map<string, LineEntry>;
  #predecessors: Predecessors | undefined;
  /** Keys of messages that must not be marked during this poll. */
  readonly #forbidden = new Set<string>();
  #index = 0;

  /**
   * @param poll number of the poll
   * @param entries the messages not marked yet, by key; new ones are added
   */
  constructor(context: MessageContext, poll: number, entries: Map<string, LineEntry>) {
    this.#context = context;
    this.#poll = poll;
    this.#entries = entries;
    this.shared = new SharedIds(entries);
  }

  /** @throws the list's error, after all messages before it are ingested */
  async takeAll(list: AsyncIterable<ListedMessage>): Promise<void> {
    let chunk: ListedMessage[] = [];
    let length = 0;
    try {
      for await (const message of list) {
        chunk.push(message);
        length += message.raw.length;
        if (chunk.length < messagesAtOnce && length < charactersAtOnce) continue;
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
    const known = await KnownMessages.read(this.#context, this.#entries, chunk.filter(isIdentified));
    const about = aboutNew(chunk, known);
    const predecessors = await this.#remember(about);
    const stored = await lookUpProjects(this.#context, predecessors.toLookUp(about));
    const fresh: NewMessage[] = [];
    const incidents: Incident[] = [];
    for (const message of chunk) {
      const index = this.#index++;
      if (!isIdentified(message)) {
        incidents.push(unreadableIncident(message));
        continue;
      }
      const match = known.match(message);
      this.#noteListed(message, match);
      if (match.kind === 'undecided') incidents.push(reuseIncident(message, match.known));
      if (match.kind !== 'new') continue;
      const { key } = match;
      const about = message.readable ? aboutOf(message) : undefined;
      const line = about ? predecessors.placeOf(about, stored) : { line: ownLine(key) };
      const place = { ...line, position: positionOf(this.#poll, index) };
      const record = await newMessage(this.#context, message, key, place);
      if (about) predecessors.note(about, referenceTo(record.entry), stored);
      known.add(record.record);
      fresh.push(record);
    }
    const entries = fresh.map(({ entry }) => entry);
    const followed = noteFollowers(this.#entries, entries);
    // First of all: a message in progress whose id was reused must not be marked, whatever fails below.
    await this.#forbidMarking();
    await insertMessages(this.#context, this.#poll, fresh);
    await writeFollowers(this.#context, this.#entries, followed);
    for (const entry of entries) this.#entries.set(entry.messageId, entry);
    await this.#forbidMarking();
    await forEachConcurrently(incidents, concurrency, (incident) => raiseIncident(this.#context, incident));
    this.added += fresh.length;
  }

  async #forbidMarking(): Promise<void> {
    await forEachConcurrently(this.unprotected, concurrency, async (key) => {
      await forbidMarking(this.#context, key);
      this.#forbidden.add(key);
    });
  }

  /** Keys of messages that must not be marked and for which this could not be recorded: they must not be queued. */
  get unprotected(): ReadonlySet<string> {
    return new Set([...this.shared.contested()].filter((key) => !this.#forbidden.has(key)));
  }

  /** Messages of earlier polls are read once, and only if the list has a new message. */
  async #remember(news: readonly About[]): Promise<Predecessors> {
    if (this.#predecessors) return this.#predecessors;
    const predecessors = new Predecessors();
    if (news.length === 0) return predecessors;
    for (const { about, entry } of await unfinishedOf(this.#context, this.#entries.values())) {
      predecessors.note(about, referenceTo(entry), new Map());
    }
    this.#predecessors = predecessors;
    return predecessors;
  }

  #noteListed({ messageId }: Identified, match: Match): void {
    const key = match.kind === 'new' ? match.key : match.known.messageId;
    const isUndecided = match.kind === 'undecided';
    if (isUndecided || key !== messageId || this.shared.has(messageId)) {
      // Until an operator decides, the content may be a rewording of the message before.
      const alsoListed = isUndecided || this.listed.has(messageId) ? [messageId] : [];
      this.shared.note(messageId, isUndecided ? undefined : key, alsoListed);
    }
    this.listed.add(key);
    if (match.kind === 'known' && match.known.state === 'marked') this.marked.add(key);
  }
}

function isIdentified(message: ListedMessage): message is Identified {
  return message.messageId !== undefined;
}

const aboutOf = ({ content }: ReadableMessage): About => ({
  type: content.type,
  projectNo: 'projectNo' in content.data ? content.data.projectNo : undefined,
  subjects: sharedSubjects(content),
});

const aboutNew = (chunk: readonly ListedMessage[], known: KnownMessages): About[] =>
  chunk.flatMap((message) => (message.readable && known.match(message).kind === 'new' ? aboutOf(message) : []));

function unreadableIncident(message: ListedMessage): Incident {
  const found = message.readable ? 'no message id' : message.problem;
  return { kind: 'unreadable-message', subject: message.contentHash, expected: 'a message with an id', found };
}
