import { type Incident, incidentWrite } from '../../operations/incidents.ts';
import { measured } from '../../platform/metrics.ts';
import { backoff } from '../../platform/time.ts';
import { transact } from '../../platform/transaction.ts';
import { changeResult, ownResult, type ResultRow, readRows } from '../result.ts';
import type { Transfers } from '../transfer/context.ts';
import { type Failure, type Result, transferKey } from '../transfer/transfer.ts';

/** Has a result sent again after its backoff, or gives it up. Does nothing when it is not the transfer's any more. */
export async function failResult(
  transfers: Transfers,
  { fileId, attempt }: Pick<Result, 'fileId' | 'attempt'>,
  { error, retryable, unauthorized = false }: Failure,
): Promise<void> {
  const { bridge, tables } = transfers;
  const { db, clock, settings, log } = bridge;
  const row = ownResult((await readRows(bridge, tables.files, [fileId])).get(fileId), { attempt });
  if (!row) return;
  log.warn('transfer failed', { fileId, attempt, error, ...measured({ TransferFailures: 1 }, clock.now()) });
  const failures = row.failures - (unauthorized ? 1 : 0);
  if (!retryable || failures >= settings.maxAttempts) return giveUpResult(transfers, row, error);
  const dueAt = clock.now() + backoff(Math.max(1, failures), settings.pollSeconds, clock.random);
  const changes = { state: 'pending', dueAt, failures, lastError: error, leaseUntil: undefined } as const;
  await transact(db, clock, [changeResult(tables.files, row, changes)]);
}

/** Leaves a result that the portal does not take to a person; its object stays. */
export async function giveUpResult({ bridge, tables }: Transfers, row: ResultRow, error: string): Promise<void> {
  const { fileId } = row;
  const incident: Incident = {
    kind: 'file-failed',
    subject: fileId,
    expected: 'the result is sent to DST',
    found: error,
  };
  const outcome = await transact(bridge.db, bridge.clock, [
    changeResult(tables.files, row, { state: 'failed', lastError: error, leaseUntil: undefined }),
    { Delete: { TableName: bridge.tables.lines, Key: transferKey(row.position) } },
    incidentWrite(bridge.tables.incidents, incident, bridge.clock.now()),
  ]);
  if (outcome === 'committed') bridge.log.warn('incident', { ...incident, fileId, attempt: row.attempt });
}
