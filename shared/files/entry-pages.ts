import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Bridge } from '../messages/bridge.ts';
import { transfersLine } from '../messages/lines.ts';
import { getItem, query } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import { maxBatch } from './due.ts';
import type { TransferEntry } from './transfer.ts';

/** Entries looked at together: as many as a free slot may take. */
const pageSize = maxBatch;

/** What is still to be transferred, page after page; from a position on, and at last what stands before it. */
export async function* entryPages(bridge: Bridge, from?: string): AsyncGenerator<TransferEntry[]> {
  if (from === undefined) return yield* pagesWhere(bridge);
  yield* pagesWhere(bridge, '>=', from);
  yield* pagesWhere(bridge, '<', from);
}

async function* pagesWhere({ db, tables }: Bridge, comparison?: '>=' | '<', position?: string) {
  const entries = query<TransferEntry>(db, {
    TableName: tables.lines,
    KeyConditionExpression: comparison ? `line = :line AND #position ${comparison} :position` : 'line = :line',
    ExpressionAttributeValues: { ':line': transfersLine, ...(comparison && { ':position': position }) },
    ...(comparison && { ExpressionAttributeNames: { '#position': 'position' } }),
    Limit: pageSize,
  });
  yield* gatherPages(entries, pageSize);
}

/**
 * Where a transfer was started last: what stands before it was mostly claimed by then. A hint, for transfers that end: else
 * each would look through what all the others have claimed.
 */
export interface Bookmark {
  position: string;
  /** When somebody last began with the first entry, in milliseconds since 1970. */
  since: number;
}

const key = { name: 'transfers' };

/** So long, in milliseconds, what stands before the bookmark may have to wait while there is other work. */
const bookmarkTime = 5_000;

export async function readBookmark({ db, tables, clock }: Bridge): Promise<Bookmark | undefined> {
  const bookmark = await getItem<Bookmark>(db, tables.control, key);
  return bookmark && clock.now() - bookmark.since < bookmarkTime ? bookmark : undefined;
}

/** @param former where the reader began; with none it began with the first entry */
export async function moveBookmark(
  { db, tables, clock }: Bridge,
  former: Bookmark | undefined,
  position: string,
): Promise<void> {
  if (position === former?.position) return;
  await db.send(
    new UpdateCommand({
      TableName: tables.control,
      Key: key,
      UpdateExpression: 'SET #position = :position, since = :since',
      ExpressionAttributeNames: { '#position': 'position' },
      ExpressionAttributeValues: { ':position': position, ':since': former?.since ?? clock.now() },
    }),
  );
}
