import { isResult, readRows } from '../files/rows.ts';
import { readMessage } from '../messages/read.ts';
import type { MessageRecord } from '../messages/record.ts';
import { readMessageData } from '../messages/stored-text.ts';
import { returnKey, type TransferEntry } from '../messages/transfers-line.ts';
import { transitionWrites } from '../messages/transition.ts';
import { decisionWrite, type IncidentRow, mayHold } from '../operations/incidents.ts';
import { resumedWork } from '../operations/resumed-work.ts';
import { PermanentError } from '../platform/errors.ts';
import type { Write } from '../platform/transaction.ts';
import { aboutMessage, auditWrites } from './audit.ts';
import type { Action, Decision, OperatorContext } from './context.ts';
import { planFetchAgain } from './fetch-again.ts';
import { planFileRetries, planResultRetry } from './retry-files.ts';
import { planAsNew } from './settle-reuse.ts';

/**
 * Retries the subject of an incident.
 *
 * @throws PermanentError giving the reason why a retry would not help
 */
export async function planRetry(operator: OperatorContext, incident: IncidentRow): Promise<Action> {
  const { kind, subject, messageId } = incident;
  if (kind === 'file-failed') {
    const row = (await readRows(operator, [subject])).get(subject);
    if (row?.state !== 'failed') throw new PermanentError(`File ${subject} is ${row?.state ?? 'gone'}: not failed`);
    if (!isResult(row) && row.storedAt !== undefined) return planFetchAgain(operator, subject);
    return isResult(row)
      ? planResultRetry(operator, { incident, row })
      : planFileRetries(operator, row.messageId, [{ incident, row }]);
  }
  if (kind === 'message-id-reused') return planAsNew(operator, incident);
  const record = messageId ? await readMessage(operator, messageId) : undefined;
  const problem = problemOfRetry(incident, record);
  if (problem !== undefined || !record) throw new PermanentError(problem ?? 'There is no message');
  return retryMessage(operator, incident, record);
}

/** Reason why a retry of a message would not help; undefined if it may. */
export function problemOfRetry(
  { kind, messageId }: Pick<IncidentRow, 'kind' | 'messageId'>,
  record: Pick<MessageRecord, 'state' | 'heldFrom'> | undefined,
): string | undefined {
  if (kind === 'needs-approval') return `Message ${messageId} waits for a person's word: approve or dismiss it`;
  if (!mayHold({ kind })) {
    return 'Nothing is held for it: what can be tried again is, by itself. Dismiss it when it is settled';
  }
  if (!record) return 'It is about no message that could be tried again: dismiss it when it is settled';
  if (record.state !== 'held')
    return `Message ${messageId} is ${record.state}, not held: there is nothing to try again`;
  if (!record.heldFrom) return `Message ${messageId} can't be read or is of an unknown type: no retry can help`;
  return undefined;
}

async function retryMessage(operator: OperatorContext, incident: IncidentRow, record: MessageRecord): Promise<Action> {
  const { tables, clock } = operator;
  const { messageId, heldFrom = 'open', type } = record;
  const isReturn = type === 'ReturnDataFile' && heldFrom === 'working';
  const entries = isReturn ? [await returnEntry(operator, record)] : [];
  const about = await aboutMessage(operator, record);
  return {
    planned: [`${type} ${messageId} will go on from where it was held (${heldFrom}), with all its attempts.`],
    completed: [`${type} ${messageId} goes on from where it was held (${heldFrom}).`],
    transactions: async (decision) => [
      [
        ...transitionWrites(operator, record, heldFrom, resumedWork(clock.now()), { yields: isReturn || undefined }),
        ...entries.map((Item): Write => ({ Put: { TableName: tables.lines, Item } })),
        ...retried(operator, incident, decision),
        ...(await auditWrites(operator, { ...about, event: 'retried', details: { type } }, decision)),
      ],
    ],
  };
}

async function returnEntry(operator: OperatorContext, record: MessageRecord): Promise<TransferEntry> {
  const { fileId } = await readMessageData(operator, record, 'ReturnDataFile');
  return { ...returnKey(record), kind: 'return', fileId, messageId: record.messageId };
}

const retried = ({ tables, clock }: OperatorContext, incident: IncidentRow, decision: Decision) => [
  decisionWrite(tables.incidents, incident, 'retried', { ...decision, at: clock.now() }),
];
