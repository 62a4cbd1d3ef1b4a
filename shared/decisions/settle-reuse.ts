import { hashOfReuse, keyOfReused } from '../messages/poll/reused-ids.ts';
import { readMessage } from '../messages/read.ts';
import { decisionWrite, type IncidentRow, isOpen } from '../operations/incidents.ts';
import { PermanentError } from '../platform/errors.ts';
import { aboutMessage, auditWrites } from './audit.ts';
import type { Action, OperatorContext } from './context.ts';

/**
 * Accepts the content that the portal lists under the id of another message as a new message. The next poll that lists the
 * content records it.
 *
 * @throws PermanentError if the incident is settled already
 */
export async function planAsNew(operator: OperatorContext, incident: IncidentRow): Promise<Action> {
  const { messageId } = incident;
  const key = keyOfReused(messageId ?? '', hashOfReuse(incident));
  return settling(operator, incident, 'retried', {
    planned: [`What the portal lists as ${messageId} now will be carried out as a message of its own, ${key}.`],
    completed: [`The next poll takes ${key} in.`],
  });
}

/**
 * Accepts the content that the portal lists under the id of another message as a rewording of that message: it is marked in the
 * portal as soon as the old message is done, and whenever it is listed again.
 *
 * @throws PermanentError if the incident is settled already
 */
export async function planAsOld(operator: OperatorContext, incident: IncidentRow): Promise<Action> {
  const { messageId } = incident;
  return settling(operator, incident, 'dismissed', {
    planned: [
      `What the portal lists as ${messageId} now will not be carried out: it will count as the message that was there before.`,
      'The gateway reports it to DST as processed as soon as the earlier one is.',
    ],
    completed: [`What the portal lists as ${messageId} counts as the message that was there before.`],
  });
}

async function settling(
  operator: OperatorContext,
  incident: IncidentRow,
  state: 'retried' | 'dismissed',
  told: Pick<Action, 'planned' | 'completed'>,
): Promise<Action> {
  const { tables, clock } = operator;
  const { kind, incidentId, subject, messageId, found } = incident;
  if (!isOpen(incident)) throw new PermanentError(`Incident ${incidentId} is settled: ${incident.state}`);
  const record = messageId ? await readMessage(operator, messageId) : undefined;
  const about = record ? await aboutMessage(operator, record) : { subject: `incident#${subject}` };
  const event = state === 'retried' ? 'retried' : 'incident dismissed';
  return {
    ...told,
    transactions: async (decision) => [
      [
        decisionWrite(tables.incidents, incident, state, { ...decision, at: clock.now() }),
        ...(await auditWrites(operator, { ...about, event, details: { kind, incidentId, found } }, decision)),
      ],
    ],
  };
}
