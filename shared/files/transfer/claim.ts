import { transitionWrites } from '../../messages/transition.ts';
import { stateCheck, transact, updateItem } from '../../platform/transaction.ts';
import { failDelivery } from '../copy/fail-delivery.ts';
import type { FileRow } from '../file.ts';
import { leaseTime } from '../lease-times.ts';
import { failResult } from '../outbox/fail-result.ts';
import { changeResult, type ResultRow } from '../result.ts';
import { claimValues, isClaimed } from '../rows.ts';
import { failReturn } from '../send/fail-return.ts';
import { freeValues, isFree } from '../slots.ts';
import type { TransferContext } from '../transfer-context.ts';
import { nextTransfer, type PlannedTransfer } from './plan.ts';

/**
 * Claims a transfer for one attempt, so that no other caller starts the same.
 *
 * @returns the part of the transfer that the caller has claimed
 */
export async function claimTransfer(
  context: TransferContext,
  due: PlannedTransfer,
): Promise<PlannedTransfer | undefined> {
  if (due.kind === 'return') return (await claimReturn(context, due)) ? due : undefined;
  if (due.kind === 'result') return (await claimResult(context, due.result)) ? due : undefined;
  const won = await Promise.all(due.files.map((file) => claimFile(context, file)));
  const files = won.filter((file) => file !== undefined);
  return files.length === 0 ? undefined : { kind: 'delivery', files };
}

/**
 * Ends the claim of a transfer that could not be started, with the pause of a failed transfer: an outage must not use up all
 * attempts at once.
 */
export async function returnClaim(context: TransferContext, claimed: PlannedTransfer, error: string): Promise<void> {
  const failure = { error, retryable: true };
  if (claimed.kind === 'return') {
    const { record, fileId } = claimed;
    await failReturn(context, { messageId: record.messageId, fileId, attempt: nextTransfer(record) }, failure);
    return;
  }
  if (claimed.kind === 'result') {
    const { fileId, createdAt, attempt } = claimed.result;
    await failResult(context, { fileId, createdAt, attempt: attempt + 1 }, failure);
    return;
  }
  for (const file of claimed.files) await failDelivery(context, { ...file, attempt: file.attempt + 1 }, failure);
}

async function claimFile(context: TransferContext, file: FileRow): Promise<FileRow | undefined> {
  const { fileId, attempt, state } = file;
  const now = context.clock.now();
  const leaseUntil = now + leaseTime;
  const Update = {
    TableName: context.tables.files,
    Key: { fileId },
    UpdateExpression:
      'SET #state = :copying, attempt = :next, leaseUntil = :leaseUntil ADD failures :one REMOVE bytesPerSecond',
    ConditionExpression: `#state = :state AND ${isClaimed} AND (#state = :pending OR ${isFree})`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':copying': 'copying',
      ':pending': 'pending',
      ':state': state,
      ...claimValues(file),
      ':next': attempt + 1,
      ...freeValues(now),
      ':leaseUntil': leaseUntil,
      ':one': 1,
    },
  };
  const outcome = await updateItem(context.db, Update);
  return outcome === 'committed' ? { ...file, leaseUntil } : undefined;
}

async function claimResult(context: TransferContext, result: ResultRow): Promise<boolean> {
  const now = context.clock.now();
  const { Update } = changeResult(context.tables.files, result, {
    state: 'sending',
    attempt: result.attempt + 1,
    failures: result.failures + 1,
    leaseUntil: now + leaseTime,
    bytesDone: 0,
  });
  const ConditionExpression = `${Update.ConditionExpression} AND ${isFree}`;
  const ExpressionAttributeValues = { ...Update.ExpressionAttributeValues, ...freeValues(now) };
  return (await updateItem(context.db, { ...Update, ConditionExpression, ExpressionAttributeValues })) === 'committed';
}

type DueReturn = Extract<PlannedTransfer, { kind: 'return' }>;

/**
 * Claims a return. From its first attempt until a failure a deletion waits for the return, so no deletion may have begun
 * before.
 */
async function claimReturn(context: TransferContext, { record, fileId }: DueReturn): Promise<boolean> {
  const leaseUntil = context.clock.now() + leaseTime;
  const changes = { attempts: record.attempts + 1, transfers: nextTransfer(record), leaseUntil };
  const yields = record.attempts > 0;
  const outcome = await transact(context.db, context.clock, [
    ...transitionWrites(context, record, 'working', changes, { yields }),
    stateCheck(context.tables.files, { fileId }, 'stored'),
  ]);
  return outcome === 'committed';
}
