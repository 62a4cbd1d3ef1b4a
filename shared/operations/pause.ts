import { auditWrites, gatewaySubject } from '../decisions/audit.ts';
import type { Action, Decision, OperatorContext } from '../decisions/context.ts';
import { type Database, getItem, updateExpression } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';

const key = { name: 'pause' };

/** An operator's pause: no polls and no new work; what is running finishes. */
export interface Pause extends Decision {
  /** Milliseconds since 1970. */
  since: number;
}

/** The pause that an operator began, if it lasts. */
export const readPause = (db: Database, controlTable: string): Promise<Pause | undefined> =>
  getItem<Pause>(db, controlTable, key);

/** Whether an operator stopped polling and new work; what is running finishes. */
export async function isPaused(db: Database, controlTable: string): Promise<boolean> {
  return (await readPause(db, controlTable)) !== undefined;
}

/** @throws PermanentError when it is paused already */
export async function planPause(desk: OperatorContext): Promise<Action> {
  const { db, clock, tables } = desk;
  const pause = await readPause(db, tables.control);
  if (pause) throw new PermanentError(`Paused already, by ${pause.by}: ${pause.reason}`);
  return {
    will: ['The gateway will poll no more and begin no new work. What is running will finish.'],
    did: ['The gateway is paused.'],
    transactions: async (decision) => [
      [
        {
          Update: {
            TableName: tables.control,
            Key: key,
            ConditionExpression: 'attribute_not_exists(#name)',
            ...withName(updateExpression({ ...decision, since: clock.now() })),
          },
        },
        ...(await auditWrites(desk, { subject: gatewaySubject, event: 'paused' }, decision)),
      ],
    ],
  };
}

const withName = (update: ReturnType<typeof updateExpression>) => ({
  ...update,
  ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#name': 'name' },
});

/** @throws PermanentError when it is not paused */
export async function planResume(desk: OperatorContext): Promise<Action> {
  const { db, tables } = desk;
  if (!(await readPause(db, tables.control))) throw new PermanentError('Not paused: nothing to resume');
  return {
    will: ['The gateway will poll again, and go on with all that is due.'],
    did: ['The pause is over.'],
    transactions: async (decision) => [
      [
        { Delete: { TableName: tables.control, Key: key, ConditionExpression: 'attribute_exists(since)' } },
        ...(await auditWrites(desk, { subject: gatewaySubject, event: 'resumed' }, decision)),
      ],
    ],
  };
}
