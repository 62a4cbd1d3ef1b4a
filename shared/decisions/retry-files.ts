import { type FileRow, noFailures } from '../files/file.ts';
import type { ResultRow } from '../files/result.ts';
import { isResult } from '../files/rows.ts';
import { type HistoryEvent, historyWrites } from '../history/history.ts';
import { readMessage } from '../messages/read.ts';
import type { MessageRecord } from '../messages/record.ts';
import { fileSubject } from '../messages/subject.ts';
import { type TransferEntry, transferKey } from '../messages/transfers-line.ts';
import { transitionWrites } from '../messages/transition.ts';
import { decisionWrite, type IncidentRow } from '../operations/incidents.ts';
import { resumedWork } from '../operations/resumed-work.ts';
import { updateExpression } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';
import { pagesOf } from '../platform/pages.ts';
import type { Write } from '../platform/transaction.ts';
import { counted } from '../platform/units.ts';
import type { Action, Decision, OperatorContext } from './context.ts';
import { filesOfDelivery } from './delivery-files.ts';

/** A failed file and its incident. */
export interface Failed<Row extends FileRow | ResultRow = FileRow> {
  row: Row;
  incident: IncidentRow;
}

/** Files retried in one transaction: each takes four of the 100 actions, their delivery two, publishing one. */
const filesAtOnce = 20;

/**
 * Retries failed files of one delivery. The delivery resumes if none of its other files has failed.
 *
 * @throws PermanentError if the delivery accepts no more files
 */
export async function planFileRetries(
  operator: OperatorContext,
  messageId: string,
  failed: readonly Failed[],
): Promise<Action> {
  const record = await readMessage(operator, messageId);
  if (record?.state !== 'held' && record?.state !== 'working') {
    throw new PermanentError(`Its delivery ${messageId} is ${record?.state ?? 'gone'}: it takes no more files`);
  }
  const others = record.state === 'held' ? await otherFailed(operator, record, failed) : 0;
  const goesOn = record.state === 'held' && record.heldFrom === 'working' && others === 0;
  const stays = others > 0 ? `stay held, because ${counted(others, 'other file')} of it failed` : 'stay held';
  const names = failed.length === 1 ? `File ${failed[0]?.row.fileId}` : `${failed.length} files`;
  return {
    planned: [
      `${names} will be fetched again, with all attempts.`,
      `Delivery ${messageId} will ${goesOn || record.state === 'working' ? 'go on' : stays}.`,
    ],
    completed: [`${names} of delivery ${messageId}: waiting for a transfer again.`],
    transactions: (decision) => transactionsOf(operator, record, failed, goesOn, decision),
  };
}

/** After an interruption the remaining files and the delivery are unchanged. */
function transactionsOf(
  operator: OperatorContext,
  record: MessageRecord,
  failed: readonly Failed[],
  goesOn: boolean,
  decision: Decision,
): Write[][] {
  const now = operator.clock.now();
  const pages = pagesOf(failed, filesAtOnce);
  return pages.map((page, index) => {
    const read = { ...record, version: record.version + index };
    const isLast = index === pages.length - 1;
    return [
      ...(goesOn && isLast
        ? transitionWrites(operator, read, 'working', { ...resumedWork(now), attempts: record.attempts })
        : transitionWrites(operator, read, record.state)),
      ...retryWrites(
        operator,
        page,
        ({ row }) => ({ ...transferKey(row.position), kind: 'delivery', fileId: row.fileId, messageId: row.messageId }),
        decision,
        record.messageId,
      ),
    ];
  });
}

/** Retries a failed result. */
export function planResultRetry(operator: OperatorContext, failed: Failed<ResultRow>): Action {
  const { fileId } = failed.row;
  const entry = ({ row }: Failed<ResultRow>): TransferEntry => ({
    ...transferKey(row.position),
    kind: 'result',
    fileId: row.fileId,
  });
  return {
    planned: [`Result ${fileId} will be sent again, with all its attempts.`],
    completed: [`Result ${fileId} waits for a transfer again.`],
    transactions: (decision) => [retryWrites(operator, [failed], entry, decision)],
  };
}

/** The writes that add failed files to the line of transfers again and settle their incidents. */
function retryWrites<Row extends FileRow | ResultRow>(
  { tables, clock }: OperatorContext,
  failed: readonly Failed<Row>[],
  entryOf: (failed: Failed<Row>) => TransferEntry,
  { by, reason }: Decision,
  messageId?: string,
): Write[] {
  const now = clock.now();
  const changes = { state: 'pending', dueAt: now };
  const events = failed.map(
    ({ row: { fileId, projectNo, version } }): HistoryEvent => ({
      subject: fileSubject(fileId),
      sequence: version + 1,
      event: 'retried',
      projectNo,
      details: { by, reason },
    }),
  );
  return [
    ...failed.flatMap((each): Write[] => [
      {
        Update: {
          TableName: tables.files,
          Key: { fileId: each.row.fileId },
          ...updateExpression(
            {
              ...changes,
              ...(isResult(each.row) ? { failures: 0 } : noFailures),
              version: each.row.version + 1,
            },
            { ':read': each.row.version, ':failed': 'failed' },
          ),
          ConditionExpression: 'version = :read AND #state = :failed',
        },
      },
      { Put: { TableName: tables.lines, Item: entryOf(each) } },
      decisionWrite(tables.incidents, each.incident, 'retried', { by, reason, at: now }),
    ]),
    ...historyWrites(tables, events, { messageId, at: now }),
  ];
}

/** Number of other failed files of a delivery. */
async function otherFailed(
  operator: OperatorContext,
  record: MessageRecord,
  failed: readonly Failed[],
): Promise<number> {
  const retried = new Set(failed.map(({ row }) => row.fileId));
  const rows = await filesOfDelivery(operator, record);
  return rows.filter((row) => row.state === 'failed' && !retried.has(row.fileId)).length;
}
