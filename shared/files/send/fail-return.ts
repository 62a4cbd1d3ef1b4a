import type { MessageContext } from '../../messages/context.ts';
import { dispatchNext } from '../../messages/dispatch.ts';
import { hold } from '../../messages/hold.ts';
import { readMessage } from '../../messages/read.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { returnKey } from '../../messages/transfers-line.ts';
import { transitionWrites } from '../../messages/transition.ts';
import { backoff } from '../../platform/backoff.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import { stateCheck, transact, type Write } from '../../platform/transaction.ts';
import type { FileRow } from '../file.ts';
import type { Failure, Return } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';

/** Most returns of one file updated when the file is given up: each takes one of the 100 actions of a transaction. */
const maxReturns = 50;

/**
 * Schedules another attempt for a return after its backoff, or gives it up. From now on a deletion of the file does not wait
 * for the return. A deletion that has begun settles the return, too, so no incident is opened.
 */
export async function failReturn(
  context: TransferContext,
  { messageId, fileId, attempt }: Pick<Return, 'messageId' | 'fileId' | 'attempt'>,
  failure: Failure,
): Promise<void> {
  const { tables } = context;
  const { clock, settings, log } = context;
  const { error, retryable, unauthorized, damaged } = failure;
  const record = await readMessage(context, messageId);
  if (record?.state !== 'working' || record.transfers !== attempt) return;
  log.warn('transfer failed', { messageId, attempt, error, ...emfMetrics({ TransferFailures: 1 }, clock.now()) });
  const refusals = (record.refusals ?? 0) + (unauthorized ? 1 : 0);
  const failures = record.attempts - refusals;
  if (!retryable || failures >= settings.maxAttempts) {
    const kind = damaged ? 'file-damaged' : 'attempts-used-up';
    await giveUpReturn(context, record, kind, error, stateCheck(tables.files, { fileId }, 'stored'));
  } else {
    const dueAt = clock.now() + backoff(Math.max(1, failures), settings.pollSeconds, clock.random);
    const changes = { dueAt, refusals, lastError: error, leaseUntil: undefined };
    await transact(context.db, clock, transitionWrites(context, record, 'working', changes, { yields: true }));
  }
  await dispatchNext(context, record);
}

/**
 * Holds a return that cannot be made, for a person to decide.
 *
 * @param kind `attempts-used-up` if the portal does not accept the file, `file-damaged` if the stored file is missing or
 *   damaged
 * @param checks further conditions of the transaction
 */
export async function giveUpReturn(
  context: MessageContext,
  record: Parameters<typeof hold>[1],
  kind: 'attempts-used-up' | 'file-damaged',
  found: string,
  ...checks: Write[]
): Promise<void> {
  const { messageId } = record;
  const incident = { kind, subject: messageId, messageId, expected: 'the file is returned', found };
  await hold(context, record, incident, [
    { Delete: { TableName: context.tables.lines, Key: returnKey(record) } },
    ...checks,
  ]);
  await dispatchNext(context, record);
}

/** Returns that wait until a file is stored. */
export async function waitingReturns(
  context: Parameters<typeof readMessage>[0],
  { returns = [] }: Pick<FileRow, 'returns'>,
): Promise<MessageRecord[]> {
  const records = await Promise.all(returns.slice(-maxReturns).map((messageId) => readMessage(context, messageId)));
  return records.filter((record): record is MessageRecord => record?.state === 'working');
}
