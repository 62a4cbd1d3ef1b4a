import type { FileRow } from '../../../shared/files/file.ts';
import type { ResultRow } from '../../../shared/files/result.ts';
import { isResult } from '../../../shared/files/rows.ts';
import type { HistoryRow } from '../../../shared/history/history.ts';
import { isSettled, type LineEntry, type MessageRecord } from '../../../shared/messages/record.ts';
import { accessSubject } from '../../../shared/messages/subject.ts';
import { isRevocation } from '../../../shared/messages/turn-order.ts';
import type { MessageContent } from '../../../shared/portal/message-schema.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import type { SentMessage } from '../history.ts';
import { isEnabled } from '../kinds.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

const isUncommitted = ({ state }: LineEntry) => state === 'open' || state === 'applying';

/**
 * A revocation takes effect within two polls of being listed, whatever else its line does. Polls count that run to their end
 * while nothing has gone wrong yet.
 */
export class PromptRevocations {
  readonly #world: World;
  /** How many polls, one after the other, listed a message for which nothing had to be waited, by its id. */
  readonly #polls = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** @param startedAt when the poll began, in milliseconds since 1970 */
  notePoll(startedAt: number): void {
    const { faults, portal, sent } = this.#world;
    if (faults.happened.length > 0 || faults.isOver || !isEnabled('revocation behind a deletion')) return;
    for (const { messageId, sentAt } of portal.messages) {
      const message = sent.get(messageId);
      if (!message?.content || !isRevocation(message.content.type) || sentAt >= startedAt) continue;
      const polls = this.#isPending(message) ? (this.#polls.get(messageId) ?? 0) + 1 : 0;
      this.#polls.set(messageId, polls);
      // A deletion may have to wait out one lease: of a transfer that ended while it was renewing that.
      if (polls === ('accessIdentifier' in message.content.data ? 2 : 3))
        this.#world.violations.push(`${messageId} (${message.content.type}) has no effect after ${polls} polls`);
    }
  }

  /** Whether a revocation is still to take effect, and nothing before it is in its way. */
  #isPending({ messageId, content }: SentMessage): boolean {
    const entries = rows<LineEntry>(this.#world, 'lines').filter(({ line }) => line !== 'transfers');
    const own = entries.find((entry) => entry.messageId === messageId);
    const { effects, superseded, dismissed } = this.#world;
    const isOver = own ? !isUncommitted(own) : [effects, superseded, dismissed].some((ended) => ended.has(messageId));
    if (!content || isOver) return false;
    const older = entries.filter(({ position }) => !own || position < own.position);
    if (isAboutAccess(content)) return !this.#isRevoked(messageId, content) && !waitsForSubject(own, older);
    // It found something before it for which a person is waited, and looks again after two polls.
    if (own?.yields) return false;
    if (this.#world.usesWorkspaces && isDeleting(own, older)) return false;
    return !this.#isGone(content) && !waitsForReturn(own, older) && !this.#isSending(content);
  }

  /** A file that is not there may be brought by a delivery that waits for a person. */
  #isGone({ data }: MessageContent): boolean {
    return 'fileId' in data && !rows<FileRow>(this.#world, 'files').some(({ fileId }) => fileId === data.fileId);
  }

  /** A project's deletion waits until nobody sends its results any more: a task may be about to begin. */
  #isSending({ type, data }: MessageContent): boolean {
    const { now } = this.#world.scheduler;
    return rows<ResultRow>(this.#world, 'files').some(
      (row) =>
        type === 'DeleteProject' && isResult(row) && row.projectNo === data.projectNo && (row.leaseUntil ?? 0) > now,
    );
  }

  #isRevoked(messageId: string, { type, data }: AccessContent): boolean {
    const { accessIdentifier } = data;
    const user = rows<UserRow>(this.#world, 'users').find((row) => row.accessIdentifier === accessIdentifier);
    return (
      !user || (type === 'DisableProjectAccess' && !user.enabled) || this.#isCreatedAfter(messageId, accessIdentifier)
    );
  }

  /** Whether a later message created an access: it passed the revocation together with the creation that this is about. */
  #isCreatedAfter(messageId: string, accessIdentifier: string): boolean {
    const created = rows<HistoryRow>(this.#world, 'history')
      .filter(({ subject, event }) => subject === accessSubject(accessIdentifier) && event === 'created')
      .toSorted((one, other) => one.sequence - other.sequence)
      .at(-1);
    const positions = new Map(rows<MessageRecord>(this.#world, 'messages').map((row) => [row.messageId, row.position]));
    return (positions.get(created?.messageId ?? '') ?? '') > (positions.get(messageId) ?? '');
  }
}

type AccessContent = Extract<MessageContent, { data: { accessIdentifier: string } }>;

const isAboutAccess = (content: MessageContent): content is AccessContent => 'accessIdentifier' in content.data;

/** An older message about the same access takes effect first, unless a person has to let it. */
function waitsForSubject(own: LineEntry | undefined, older: readonly LineEntry[]): boolean {
  const isStuck = ({ line, position }: LineEntry) =>
    older.some((entry) => entry.line === line && entry.position < position && entry.state === 'held');
  return older.some((entry) => entry.subject === own?.subject && isUncommitted(entry) && !isStuck(entry));
}

/**
 * The deletion of a project goes on until nothing comes to the project's workspaces any more. So may one in a line whose messages
 * those of this line follow.
 */
function isDeleting(own: LineEntry | undefined, older: readonly LineEntry[]): boolean {
  if (!own) return false;
  const entries = [...older, own];
  const lines = new Set([own.line]);
  // A set's iteration comes to what is added meanwhile.
  for (const line of lines)
    for (const { follows = [] } of entries.filter((entry) => entry.line === line))
      for (const each of follows) lines.add(each.line);
  return entries.some(({ type, state, line }) => type === 'DeleteProject' && state === 'applying' && lines.has(line));
}

/** A deletion waits for the returns before it. */
const waitsForReturn = (own: LineEntry | undefined, older: readonly LineEntry[]) =>
  older.some(({ type, state, line }) => type === 'ReturnDataFile' && line === own?.line && state !== 'held');

/** A revocation that still waits when all is at rest, waits for an older message about the same, which a person has to let go. */
export function* revocationsThatWait(world: World) {
  if (!isEnabled('stray identifiers')) return;
  const entries = rows<LineEntry>(world, 'lines').filter(({ line }) => line !== 'transfers');
  for (const entry of entries.filter((each) => isRevocation(each.type) && isUncommitted(each))) {
    const older = entries.filter(({ position, state }) => position < entry.position && !isSettled(state));
    const mayWait = older.some(
      (each) =>
        each.subject === entry.subject ||
        entry.follows?.some(({ messageId }) => messageId === each.messageId) ||
        // It may bring the file, or be still to return it.
        (entry.type !== 'DisableProjectAccess' &&
          entry.type !== 'DeleteProjectAccess' &&
          each.line === entry.line &&
          ['DataDeliveryReady', 'ReturnDataFile'].includes(each.type)),
    );
    if (!mayWait) yield `${entry.messageId} (${entry.type}) waits, and nobody knows for what`;
  }
}
