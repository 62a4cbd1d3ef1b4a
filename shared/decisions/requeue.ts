import { readMessage } from '../messages/read.ts';
import type { MessageRecord } from '../messages/record.ts';
import { isWorkable } from '../messages/turn-order.ts';
import { updateExpression } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';
import { aboutMessage, auditWrites } from './audit.ts';
import type { Action, OperatorContext } from './context.ts';

/**
 * Makes a message due for the next poll, whatever its backoff.
 *
 * @throws PermanentError if the message has no work left
 */
export async function planRequeue(operator: OperatorContext, messageId: string): Promise<Action> {
  const record = await readMessage(operator, messageId);
  const now = operator.clock.now();
  const problem = problemOfRequeue(record, now);
  if (problem !== undefined || !record) throw new PermanentError(problem ?? `There is no message ${messageId}`);
  const { version, type } = record;
  const about = await aboutMessage(operator, record);
  const Update = {
    TableName: operator.tables.messages,
    Key: { messageId },
    ConditionExpression: 'version = :read',
    ...updateExpression({ dueAt: now, attempts: 0, refusals: undefined, version: version + 1 }, { ':read': version }),
  };
  return {
    planned: [
      `${type} ${messageId} will be due at once, with all its attempts: the next poll queues it when its turn has come.`,
    ],
    completed: [`${type} ${messageId} is due now.`],
    transactions: async (decision) => [
      [{ Update }, ...(await auditWrites(operator, { ...about, event: 'requeued', details: { type } }, decision))],
    ],
  };
}

/**
 * Reason why a message cannot be queued; undefined if it can.
 * @param now milliseconds since 1970
 */
export function problemOfRequeue(
  record: Pick<MessageRecord, 'messageId' | 'type' | 'state' | 'leaseUntil'> | undefined,
  now: number,
): string | undefined {
  if (!record) return undefined;
  const { messageId, type, state, leaseUntil = 0 } = record;
  if (state === 'held') return `Message ${messageId} is held: decide about its incident`;
  if (!isWorkable(state) && !(state === 'working' && type === 'ReturnDataFile')) {
    return `Message ${messageId} is ${state}: it is in no queue`;
  }
  return leaseUntil > now ? `Message ${messageId} is at work just now` : undefined;
}
