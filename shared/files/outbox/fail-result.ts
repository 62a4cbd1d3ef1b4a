import { transferKey } from '../../messages/transfers-line.ts';
import { type Incident, incidentWrites } from '../../operations/incidents.ts';
import { backoff } from '../../platform/backoff.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import { transact, updateItem } from '../../platform/transaction.ts';
import { changeResult, type ResultRow } from '../result.ts';
import { ownResult, readRows } from '../rows.ts';
import type { Failure, Result } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';

/**
 * Schedules another attempt for a result after its backoff, or gives it up. Does nothing if the result no longer belongs to the
 * transfer.
 */
export async function failResult(
  context: TransferContext,
  { fileId, ...claim }: Pick<Result, 'fileId' | 'createdAt' | 'attempt'>,
  { error, retryable, unauthorized = false }: Failure,
): Promise<void> {
  const { tables } = context;
  const { db, clock, settings, log } = context;
  const row = ownResult((await readRows(context, [fileId])).get(fileId), claim);
  if (!row) return;
  log.warn('transfer failed', {
    fileId,
    attempt: row.attempt,
    error,
    ...emfMetrics({ TransferFailures: 1 }, clock.now()),
  });
  const failures = row.failures - (unauthorized ? 1 : 0);
  if (!retryable || failures >= settings.maxAttempts) return giveUpResult(context, row, error);
  const dueAt = clock.now() + backoff(Math.max(1, failures), settings.pollSeconds, clock.random);
  const changes = { state: 'pending', dueAt, failures, lastError: error, leaseUntil: undefined } as const;
  await updateItem(db, changeResult(tables.files, row, changes).Update);
}

/** Marks a result that the portal does not accept as failed, for a person to decide. Its object stays. */
export async function giveUpResult(context: TransferContext, row: ResultRow, error: string): Promise<void> {
  const { fileId } = row;
  const incident: Incident = {
    kind: 'file-failed',
    subject: fileId,
    expected: 'the result is sent to DST',
    found: error,
  };
  const outcome = await transact(context.db, context.clock, [
    changeResult(context.tables.files, row, { state: 'failed', lastError: error, leaseUntil: undefined }),
    { Delete: { TableName: context.tables.lines, Key: transferKey(row.position) } },
    ...incidentWrites(context, incident),
  ]);
  if (outcome === 'committed') context.log.warn('incident', { ...incident, fileId, attempt: row.attempt });
}
