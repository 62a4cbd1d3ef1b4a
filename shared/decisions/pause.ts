import { pauseKey, readPause } from '../operations/pause.ts';
import { updateExpression } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';
import { auditWrites, gatewaySubject } from './audit.ts';
import type { Action, OperatorContext } from './context.ts';

/** @throws PermanentError if the gateway is paused already */
export async function planPause(operator: OperatorContext): Promise<Action> {
  const { db, clock, tables } = operator;
  const pause = await readPause(db, tables.control);
  if (pause) throw new PermanentError(`Paused already, by ${pause.by}: ${pause.reason}`);
  return {
    planned: ['The gateway will poll no more and begin no new work. What is running will finish.'],
    completed: ['The gateway is paused.'],
    transactions: async (decision) => [
      [
        {
          Update: {
            TableName: tables.control,
            Key: pauseKey,
            ConditionExpression: 'attribute_not_exists(#name)',
            ...withName(updateExpression({ ...decision, since: clock.now() })),
          },
        },
        ...(await auditWrites(operator, { subject: gatewaySubject, event: 'paused' }, decision)),
      ],
    ],
  };
}

/** @throws PermanentError if the gateway is not paused */
export async function planResume(operator: OperatorContext): Promise<Action> {
  const { db, tables } = operator;
  if (!(await readPause(db, tables.control))) throw new PermanentError('Not paused: nothing to resume');
  return {
    planned: ['The gateway will poll again, and go on with all that is due.'],
    completed: ['The pause is over.'],
    transactions: async (decision) => [
      [
        { Delete: { TableName: tables.control, Key: pauseKey, ConditionExpression: 'attribute_exists(since)' } },
        ...(await auditWrites(operator, { subject: gatewaySubject, event: 'resumed' }, decision)),
      ],
    ],
  };
}

const withName = (update: ReturnType<typeof updateExpression>) => ({
  ...update,
  ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#name': 'name' },
});
