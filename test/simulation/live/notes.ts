import type { Item } from '../expressions.ts';
import { tables } from '../simulated-services.ts';
import { audienceOf, type Rights } from './rights.ts';

/** Something that accounts are told of. Times are milliseconds since 1970. */
export interface News {
  /** Subject and sequence. */
  id: string;
  subject: string;
  sequence: number;
  audience: readonly string[];
  committedAt: number;
  /** When it was marked as pushed. */
  pushedAt?: number;
}

/** A push in the log of an account. */
export interface LoggedPush {
  account: string;
  offset: number;
  /** Id of the event; absent for an incident. */
  eventId: string | undefined;
  audience: readonly string[];
  at: number;
  /** Whether DynamoDB has removed it, because its time was over. */
  isExpired: boolean;
}

/** Owner of a connection, as its row has it. */
export interface Owner {
  account: string;
  generation: string;
  sessionId: string;
}

/** Changes of the tables during a run. */
export class Notes {
  readonly news = new Map<string, News>();
  /** Pushes of each log, by offset. */
  readonly logs = new Map<string, Map<number, LoggedPush>>();
  /** Newest offset of each log. */
  readonly newest = new Map<string, number>();
  /** Owners of connections that were authenticated, by connection. */
  readonly owners = new Map<string, Owner>();
  /** Accounts whose clients were told that they have a log, with the time. */
  readonly followedSince = new Map<string, number>();
  /** Sessions that have ended, with the time. */
  readonly endedSessions = new Map<string, number>();
  /** Told of each push that is put into a log, before it is noted. */
  onPush: (push: LoggedPush) => void = () => {};
  readonly #rights: Rights;

  constructor(rights: Rights) {
    this.#rights = rights;
  }

  /** Notes a change of an item. */
  note(table: string, after: Item | undefined, before: Item | undefined, now: number): void {
    if (table === tables.unpublished) this.#noteNews(after, before, now);
    if (table === tables.channels) this.#noteLog(after, before, now);
    if (table === tables.connections && after?.state === 'open') this.#noteOwner(after);
    if (table === tables.sessions && before && !after) this.endedSessions.set(String(before.sessionId), now);
  }

  /** Notes an answer that tells a client that its account has a log. */
  notePost(connectionId: string, text: string, now: number): void {
    const { action, success } = JSON.parse(text);
    const owner = this.owners.get(connectionId);
    if (action === 'auth' && success === true && owner && !this.followedSince.has(owner.account))
      this.followedSince.set(owner.account, now);
  }

  /** Since when the token of a connection has been of no use; nothing while it is. */
  endedSince({ account, generation, sessionId }: Owner): number | undefined {
    return this.endedSessions.get(sessionId) ?? this.#rights.withoutSince(account, generation, [`account#${account}`]);
  }

  #noteNews(after: Item | undefined, before: Item | undefined, now: number): void {
    const row = after ?? before;
    if (!row || 'incidentId' in row) return;
    if (after && !before) {
      for (const { subject, sequence, projectNo } of [after, ...((after.others as Item[] | undefined) ?? [])]) {
        const id = `${subject}#${sequence}`;
        const audience = audienceOf(String(subject), projectNo);
        this.news.set(id, { id, subject: String(subject), sequence: Number(sequence), audience, committedAt: now });
      }
    } else if (!before?.live) {
      const news = this.news.get(`${row.subject}#${row.sequence}`);
      if (news) news.pushedAt ??= now;
    }
  }

  #noteLog(after: Item | undefined, before: Item | undefined, now: number): void {
    const channel = String((after ?? before)?.channel);
    const [kind, account = ''] = channel.split('#');
    if (kind !== 'account') return;
    const offset = Number((after ?? before)?.offset);
    if (offset === 0) {
      this.newest.set(account, Number(after?.last));
      return;
    }
    const log = this.logs.get(account) ?? new Map<number, LoggedPush>();
    this.logs.set(account, log);
    const known = log.get(offset);
    if (!after) {
      if (known) known.isExpired = true;
      return;
    }
    const { subject, sequence } = eventIn(String(after.text)) ?? {};
    const eventId = subject === undefined ? undefined : `${subject}#${sequence}`;
    const audience = (after.audiences as string[] | undefined) ?? [];
    const push = { account, offset, eventId, audience, at: now, isExpired: false };
    this.onPush(push);
    log.set(offset, push);
  }

  #noteOwner({ connectionId, identity }: Item): void {
    const owner = (identity as { account?: { name: string; generation: string; sessionId: string } }).account;
    if (!owner) return;
    const { name: account, generation, sessionId } = owner;
    this.owners.set(String(connectionId), { account, generation, sessionId });
  }
}

/** The event in the text of a push. */
export function eventIn(text: string): { subject: string; sequence: number } | undefined {
  return JSON.parse(text).event;
}
