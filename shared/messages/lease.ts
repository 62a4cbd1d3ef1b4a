import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { changing } from '../platform/dynamodb.ts';
import type { Bridge } from './bridge.ts';
import type { MessageRecord } from './record.ts';

/**
 * Takes a message to work on it alone.
 *
 * @param deadline when the lease ends, in milliseconds since 1970
 * @returns the message, or nothing when it is finished, at work elsewhere or of another type
 */
export async function takeLease(
  bridge: Bridge,
  type: string,
  messageId: string,
  deadline: number,
): Promise<MessageRecord | undefined> {
  try {
    const answer = await bridge.db.send(
      new UpdateCommand({
        TableName: bridge.tables.messages,
        Key: { messageId },
        UpdateExpression: 'SET leaseUntil = :deadline ADD version :one',
        ConditionExpression:
          '#type = :type AND #state IN (:open, :applying, :applied) AND (attribute_not_exists(leaseUntil) OR leaseUntil <= :now)',
        ExpressionAttributeNames: { '#type': 'type', '#state': 'state' },
        ExpressionAttributeValues: {
          ':type': type,
          ':open': 'open',
          ':applying': 'applying',
          ':applied': 'applied',
          ':deadline': deadline,
          ':now': bridge.clock.now(),
          ':one': 1,
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return answer.Attributes as MessageRecord;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** Ends the lease before its time, unless somebody else has the message by now. */
export async function release(bridge: Bridge, record: MessageRecord, changes: Partial<MessageRecord>): Promise<void> {
  try {
    await bridge.db.send(
      new UpdateCommand({
        TableName: bridge.tables.messages,
        Key: { messageId: record.messageId },
        ConditionExpression: 'version = :read',
        ...changing({ ...changes, leaseUntil: undefined, version: record.version + 1 }, { ':read': record.version }),
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
