import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { FileRow } from '../../shared/files/file.ts';
import { transferKey } from '../../shared/files/transfer.ts';
import { stateWrites } from '../../shared/messages/change.ts';
import type { MessageRecord } from '../../shared/messages/record.ts';
import { changing } from '../../shared/platform/dynamodb.ts';
import type { Write } from '../../shared/platform/transaction.ts';
import { readMessage } from '../../shared/portal/messages.ts';
import type { SimulatedDynamoDb } from './dynamodb.ts';
import { tables } from './services.ts';

/** Somebody who looks after what is held: what failed is tried again, what fits nowhere is dismissed. */
export function retryHeld(dynamodb: SimulatedDynamoDb): void {
  const incidents = dynamodb.items(tables.incidents);
  const seen = new Set(incidents.map(({ messageId }) => messageId));
  const failed = new Set(incidents.flatMap(({ kind, messageId }) => (retried.has(kind) ? messageId : [])));
  for (const record of dynamodb.items(tables.messages) as (MessageRecord & Record<string, unknown>)[]) {
    // Who is told of nothing does nothing.
    if (record.state !== 'held' || !seen.has(record.messageId)) continue;
    const { heldFrom, dueAt } = record;
    const again = { heldFrom: undefined, attempts: 0, refusals: undefined, dueAt };
    const writes =
      failed.has(record.messageId) && heldFrom
        ? [
            ...stateWrites({ tables }, record, heldFrom, again),
            ...(heldFrom === 'working' ? transfersOf(dynamodb, record) : []),
          ]
        : stateWrites({ tables }, record, 'dismissed', { settledAt: dueAt });
    dynamodb.execute(new TransactWriteCommand({ TransactItems: writes }));
  }
}

const retried: ReadonlySet<unknown> = new Set(['attempts-used-up', 'file-failed']);

/** Has the files of a message moved after all. */
function transfersOf(dynamodb: SimulatedDynamoDb, { messageId, position, raw = '' }: MessageRecord): Write[] {
  const message = readMessage(raw);
  if (message.readable && message.content.type === 'ReturnDataFile') {
    const { fileId } = message.content.data;
    return [
      { Put: { TableName: tables.lines, Item: { ...transferKey(position), kind: 'return', fileId, messageId } } },
    ];
  }
  const files = (dynamodb.items(tables.files) as (FileRow & Record<string, unknown>)[]).filter(
    (row) => row.messageId === messageId && row.state === 'failed',
  );
  return files.flatMap(({ fileId, position: place, dueAt }): Write[] => [
    {
      Update: {
        TableName: tables.files,
        Key: { fileId },
        ...changing({ state: 'pending', failures: 0, checksumFailures: 0, dueAt }),
      },
    },
    { Put: { TableName: tables.lines, Item: { ...transferKey(place), kind: 'delivery', fileId, messageId } } },
  ]);
}
