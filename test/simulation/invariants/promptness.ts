import type { FileRow } from '../../../shared/files/file.ts';
import { longestFileLease as longestSlotLease } from '../../../shared/files/lease-times.ts';
import type { ResultRow } from '../../../shared/files/result.ts';
import { isResult } from '../../../shared/files/rows.ts';
import { transferSchema } from '../../../shared/files/transfer.ts';
import type { LineEntry, MessageRecord } from '../../../shared/messages/record.ts';
import { isWorkable, mayWork } from '../../../shared/messages/turn-order.ts';
import { isAhead } from '../../../shared/platform/time.ts';
import type { PortalHealth } from '../../../shared/portal/outage-rules.ts';
import type { Item } from '../expressions.ts';
import { isEnabled } from '../file-kinds.ts';
import { longestCompletion, slots } from '../simulated-gateway.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

/** Milliseconds in which a deletion is over when nothing goes wrong: of a result that a task is to send, when that has begun. */
const deletionTime = { file: 20_000, result: 130_000 };

/** So long, in milliseconds, nothing went wrong before: what died leaves a lease, and a task that never began a longer one. */
const calmTime = { file: 60_000, result: 330_000 };

/** Until when something went wrong last that may leave a lease behind: a download that fails gives its lease back. */
function wrongUntil({ faults, gateway: { timedOutAt } }: World): number {
  const { download, completion = 0, ...others } = Object.fromEntries(faults.lastAt);
  return Math.max(timedOutAt, completion + longestCompletion, ...Object.values(others));
}

/** Deletions wait no longer than a running transfer takes to notice and to give its lease back. */
export class Promptness {
  readonly #world: World;
  /** Since when each file is being deleted, in milliseconds since 1970. */
  readonly #since = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  violationOfChange(after: Item | undefined, before: Item | undefined): string | undefined {
    const { scheduler, isSkewed, pausedAt } = this.#world;
    const fileId = String((after ?? before)?.fileId);
    if (after?.state === 'deleting' && before?.state !== 'deleting') this.#since.set(fileId, scheduler.now);
    const since = this.#since.get(fileId);
    if (after || since === undefined) return undefined;
    this.#since.delete(fileId);
    // S3 may still execute a completion without an answer.
    const isUnanswered = before?.completesUntil !== undefined;
    const kind = fileId.startsWith('outbox/') ? 'result' : 'file';
    const isCalm =
      wrongUntil(this.#world) < since - calmTime[kind] && !isSkewed && pausedAt === undefined && !isUnanswered;
    const time = scheduler.now - since;
    if (!isEnabled('files come slowly') || !isCalm || time <= deletionTime[kind] || this.#isInCompany(fileId))
      return undefined;
    if (this.#isDeletedByAnother(before) || this.#lostItsTurn(before, since)) return undefined;
    return `${fileId} is deleted after ${Math.round(time / 1000)} s`;
  }

  /**
   * Whether another deletion of the same file removed it than the one that began: both wait for the lease, and the transfer has
   * only the one that began go on.
   */
  #isDeletedByAnother(before: Item | undefined): boolean {
    const began = rows<MessageRecord>(this.#world, 'messages').find(({ messageId }) => messageId === before?.deletedBy);
    return began?.type === 'DeleteDataFile' && began.state === 'applying';
  }

  /**
   * Whether a deletion passed stuck messages that went on before it was over: it waits for them then, and for whatever they
   * wait for.
   */
  #lostItsTurn(before: Item | undefined, since: number): boolean {
    const messages = rows<MessageRecord>(this.#world, 'messages');
    const began = messages.find(({ messageId }) => messageId === before?.deletedBy);
    return messages.some(
      ({ line, position, settledAt }) =>
        began !== undefined && line === began.line && position < began.position && (settledAt ?? 0) > since,
    );
  }

  /** Whether a file was moved with others: its lease is given back when all of them are. */
  #isInCompany(fileId: string): boolean {
    const inputs = [...this.#world.gateway.executions.started.values()];
    const transfers = inputs.map((input) => transferSchema.parse(JSON.parse(input)));
    return transfers.some(
      (transfer) =>
        transfer.kind === 'delivery' &&
        transfer.files.length > 1 &&
        transfer.files.some((file) => file.fileId === fileId),
    );
  }
}

/** Milliseconds after which the last process with a wrong clock is gone. */
const longestProcess = 20 * 60_000;

/** Longer than any lease lasts, in milliseconds. */
const longestLease = 10 * 60_000;

/** Milliseconds between two polls at the end: what is due since the last one nobody has looked at. */
const longestPause = 10 * 60_000;

/** A lease that a wrong clock wrote keeps nobody waiting until its end: it is as good as over. */
export function violationOfFarLease(world: World): string | undefined {
  const { now } = world.scheduler;
  if (now < world.overAt + longestProcess || world.pausedAt !== undefined) return undefined;
  // A deletion that is held waits for a person.
  const held = new Set(
    rows<MessageRecord>(world, 'messages').flatMap((each) => (each.state === 'held' ? each.messageId : [])),
  );
  const far = rows<FileRow | ResultRow>(world, 'files').find(
    (row) =>
      ['copying', 'sending', 'deleting'].includes(row.state) &&
      (row.leaseUntil ?? 0) > now + longestLease &&
      (row.state === 'deleting'
        ? !held.has(row.deletedBy ?? '')
        : row.dueAt <= now - longestPause && !wasPortalOut(world) && !areSlotsTaken(world)),
  );
  if (!far) return violationOfFarMessage(world);
  const what = isResult(far) ? 'is not sent' : far.state === 'deleting' ? 'is not deleted' : 'is not fetched';
  return `${far.fileId} ${what} for a lease that ends in ${Math.round(((far.leaseUntil ?? 0) - now) / 60_000)} minutes`;
}

/** Whether no transfer began at the last poll, because the portal was out: what the poll has found out by then a read may miss. */
function wasPortalOut(world: World): boolean {
  const { now } = world.scheduler;
  const health = rows<PortalHealth & { name: string }>(world, 'control').find(({ name }) => name === 'portal');
  if (!health) return false;
  return health.state !== 'reachable' || (health.since <= now && health.since >= now - longestPause);
}

/** Whether a file waits for the end of other transfers. */
function areSlotsTaken(world: World): boolean {
  const { now } = world.scheduler;
  const taken = rows<{ name: string; leaseUntil?: number }>(world, 'control').filter(
    ({ name, leaseUntil }) => name.startsWith('transfer-slot#') && isAhead(leaseUntil, now, longestSlotLease),
  );
  return taken.length >= slots;
}

function violationOfFarMessage(world: World): string | undefined {
  const { now } = world.scheduler;
  const records = rows<MessageRecord>(world, 'messages');
  // A message that is not next in its line waits for others, whatever its lease says.
  const entries = rows<LineEntry>(world, 'lines').filter(({ line }) => line !== 'transfers');
  const next = new Set(mayWork(entries).map(({ messageId }) => messageId));
  const far = records.find(
    (each) =>
      isWorkable(each.state) &&
      each.dueAt <= now - longestPause &&
      (each.leaseUntil ?? 0) > now + longestLease &&
      next.has(each.messageId),
  );
  const poll = rows<{ name: string; leaseUntil?: number }>(world, 'control').find(({ name }) => name === 'poll');
  if ((poll?.leaseUntil ?? 0) > now + longestLease) return 'nobody polls, for a lease that ends late';
  return (
    far &&
    `${far.messageId} is left alone for a lease that ends in ${Math.round(((far.leaseUntil ?? 0) - now) / 60_000)} minutes`
  );
}
