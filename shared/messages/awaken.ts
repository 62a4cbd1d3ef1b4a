import { updateItem } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import { dispatchLine } from './dispatch.ts';
import { readMessage } from './read.ts';
import { oneAttemptLess } from './record.ts';

/**
 * Makes a waiting message due at once, because a condition that it waits for is met. Counts no attempt: many conditions may be
 * met before a handler takes the message.
 */
export async function awaken(context: MessageContext, messageId: string): Promise<void> {
  const { db, clock, tables } = context;
  const record = await readMessage(context, messageId);
  if (record?.state !== 'applying') return;
  const now = clock.now();
  const outcome = await updateItem(db, {
    TableName: tables.messages,
    Key: { messageId },
    UpdateExpression: 'SET dueAt = :now, attempts = :attempts',
    ConditionExpression: '#state = :applying AND version = :read AND dueAt > :now',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':applying': 'applying',
      ':read': record.version,
      ':now': now,
      ':attempts': oneAttemptLess(record.attempts),
    },
  });
  if (outcome === 'committed') await dispatchLine(context, record.line);
}
