import { historyWrites } from '../../history/history.ts';
import { transact, updateItem } from '../../platform/transaction.ts';
import type { MessageContext } from '../context.ts';
import { hold } from '../hold.ts';
import { readMessage } from '../read.ts';
import { isSettled, type MessageRecord, oneAttemptLess } from '../record.ts';
import { recordUpdate, settleEntry, transitionWrites, withChanges } from '../transition.ts';
import { approvalIncident } from './approval.ts';
import type { HandlerContext, MessagePlan } from './handler.ts';
import { settleMismatch, waitToFit } from './mismatch.ts';

type HeldContext = Pick<HandlerContext, 'context' | 'record' | 'entries'>;

/**
 * Commits a plan in one transaction with the message's own change.
 *
 * @returns the message after the commit, without `leaseUntil` if this handler has nothing left to do; undefined if another
 *   handler has taken the message. If only rows changed meanwhile, the message is returned unchanged, to be planned again.
 */
export async function commitPlan(handling: HeldContext, plan: MessagePlan): Promise<MessageRecord | undefined> {
  if (plan.kind === 'mismatch') {
    const wait = waitToFit(handling, plan);
    return wait ? commitPlan(handling, wait) : ((await settleMismatch(handling, plan)) ?? unchanged(handling));
  }
  if (plan.kind === 'approval') return holdForApproval(handling, plan.found);
  const { context, record } = handling;
  const now = context.clock.now();
  const changes = plan.kind === 'wait' ? waitChanges(record, plan.until) : commitChanges(record, plan, now);
  const { state, ...further } = changes;
  const outOfTheWay = plan.kind === 'commit' ? plan.outOfTheWay : undefined;
  if (isSettlingAlone(plan)) return settleAlone(handling, changes);
  const cause = { messageId: record.messageId, at: now };
  const outcome = await transact(context.db, context.clock, [
    ...transitionWrites(context, record, state, further, { yields: plan.yields, lacks: plan.lacks, outOfTheWay }),
    ...(plan.kind === 'commit' ? plan.writes : (plan.checks ?? [])),
    ...(plan.kind === 'commit' ? historyWrites(context.tables, plan.history, cause) : []),
  ]);
  if (outcome === 'refused') return unchanged(handling);
  context.log.info(plan.kind === 'wait' ? 'waiting' : state, { messageId: record.messageId, messageType: record.type });
  return withChanges(record, changes);
}

/** Whether a plan settles the message and changes nothing else. */
const isSettlingAlone = (plan: MessagePlan): boolean =>
  plan.kind === 'commit' && isSettled(plan.state) && plan.writes.length === 0 && plan.history.length === 0;

/**
 * Two writes in place of a transaction. After a crash in between the next dispatch settles the entry, at the latest when
 * nothing before it in its line is held any more.
 */
async function settleAlone(handling: HeldContext, changes: ReturnType<typeof commitChanges | typeof waitChanges>) {
  const { context, record } = handling;
  const { state, ...further } = changes;
  const settled = withChanges(record, changes);
  const outcome = await updateItem(context.db, recordUpdate(context, record, state, further));
  if (outcome === 'refused' && !(await isThere(context, settled))) return unchanged(handling);
  await settleEntry(context, settled);
  context.log.info(state, { messageId: record.messageId, messageType: record.type });
  return settled;
}

/** Whether a refused update took effect: the SDK sends it again when the answer is lost. */
async function isThere(context: MessageContext, { messageId, state, version }: MessageRecord): Promise<boolean> {
  const now = await readMessage(context, messageId);
  return now?.version === version && now.state === state;
}

type Commit = Extract<MessagePlan, { kind: 'commit' }>;

function commitChanges(record: MessageRecord, plan: Commit, now: number) {
  const settled = plan.state === 'done' || plan.state === 'superseded';
  const ended = settled || plan.state === 'working' || plan.state === 'held';
  return {
    ...plan.message,
    state: plan.state,
    leaseUntil: ended ? undefined : record.leaseUntil,
    ...(settled ? { settledAt: now } : {}),
    // From here on, `attempts` counts the transfers of the return.
    ...(plan.state === 'working' ? { attempts: 0, dueAt: now } : {}),
  };
}

const waitChanges = (record: MessageRecord, until: number) => ({
  state: record.state,
  dueAt: until,
  attempts: oneAttemptLess(record.attempts),
  leaseUntil: undefined,
});

async function unchanged({ context, record }: HeldContext): Promise<MessageRecord | undefined> {
  const now = await readMessage(context, record.messageId);
  return now?.version === record.version ? record : undefined;
}

async function holdForApproval({ context, record }: HeldContext, found: string): Promise<MessageRecord> {
  await hold(context, record, { ...approvalIncident(record), found });
  return withChanges(record, { state: 'held', leaseUntil: undefined });
}
