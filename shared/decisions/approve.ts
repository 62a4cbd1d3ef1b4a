import { readMessage } from '../messages/read.ts';
import { transitionWrites } from '../messages/transition.ts';
import { decisionWrite, type IncidentRow, incidentId } from '../operations/incidents.ts';
import { resumedWork } from '../operations/resumed-work.ts';
import { getItem } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';
import { aboutMessage, auditWrites } from './audit.ts';
import type { Action, OperatorContext } from './context.ts';

/**
 * Approves a message that waits for approval.
 *
 * @throws PermanentError if the message does not wait for approval
 */
export async function planApproval(operator: OperatorContext, messageId: string): Promise<Action> {
  const { db, clock, tables } = operator;
  const id = incidentId({ kind: 'needs-approval', subject: messageId });
  const [record, incident] = await Promise.all([
    readMessage(operator, messageId),
    getItem<IncidentRow>(db, tables.incidents, { incidentId: id }),
  ]);
  if (!record) throw new PermanentError(`There is no message ${messageId}`);
  const { state, heldFrom, type } = record;
  if (!incident || state !== 'held' || heldFrom !== 'open' || record.approved) {
    throw new PermanentError(`Message ${messageId} is ${state}; it does not wait for approval`);
  }
  const about = await aboutMessage(operator, record);
  return {
    planned: [`${type} ${messageId} will be carried out.`],
    completed: [`${type} ${messageId} is approved: it will be carried out when its turn has come.`],
    transactions: async (decision) => [
      [
        ...transitionWrites(operator, record, 'open', { ...resumedWork(clock.now()), approved: true }),
        decisionWrite(tables.incidents, incident, 'retried', { ...decision, at: clock.now() }),
        ...(await auditWrites(operator, { ...about, event: 'approved', details: { type } }, decision)),
      ],
    ],
  };
}
