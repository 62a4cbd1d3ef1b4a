import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { stateWrites } from '../../shared/messages/change.ts';
import type { MessageRecord } from '../../shared/messages/record.ts';
import type { SimulatedDynamoDb } from './dynamodb.ts';
import { tables } from './services.ts';

/** Somebody who looks after what is held: what failed is tried again, what fits nowhere is dismissed. */
export function retryHeld(dynamodb: SimulatedDynamoDb): void {
  const incidents = dynamodb.items(tables.incidents);
  for (const record of dynamodb.items(tables.messages) as (MessageRecord & Record<string, unknown>)[]) {
    if (record.state !== 'held') continue;
    const failed = incidents.some(({ kind, subject }) => kind === 'attempts-used-up' && subject === record.messageId);
    const now = record.dueAt;
    const writes =
      failed && record.heldFrom && record.heldFrom !== 'working'
        ? stateWrites({ tables }, record, record.heldFrom, { heldFrom: undefined, attempts: 0, dueAt: now })
        : stateWrites({ tables }, record, 'dismissed', { settledAt: now });
    dynamodb.execute(new TransactWriteCommand({ TransactItems: writes }));
  }
}
