import { HeadObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import {
  type Difference,
  differenceOfEntry,
  differenceOfMatch,
  differenceOfObject,
  differenceOfRow,
  differencesOfList,
} from '../../../shared/decisions/differences.ts';
import { projectPrefix } from '../../../shared/files/file.ts';
import { isResult, readRows } from '../../../shared/files/rows.ts';
import { KnownMessages, type Listed } from '../../../shared/messages/poll/known-messages.ts';
import { readMessage } from '../../../shared/messages/read.ts';
import type { LineEntry } from '../../../shared/messages/record.ts';
import { transfersLine } from '../../../shared/messages/subject.ts';
import { type TransferEntry, transferKey } from '../../../shared/messages/transfers-line.ts';
import { getItem, query, scan } from '../../../shared/platform/dynamodb.ts';
import { pagesOf } from '../../../shared/platform/pages.ts';
import { createPortal } from '../../../shared/portal/client.ts';
import type { ListedMessage } from '../../../shared/portal/messages.ts';
import { type AnyFile, filesOfProject } from '../find/file-list.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import type { PortalAccess } from '../target/portal-variables.ts';

/** A difference, with the change that fixes it without harm, if there is one. */
export interface Found extends Difference {
  fix?: { put: TransferEntry } | { remove: TransferEntry };
}

/**
 * Differences between a project's rows and its objects. The gateway goes on meanwhile, so each difference is read again
 * before it is reported.
 */
export async function* compareProject(gateway: OperatedGateway, projectNo: string): AsyncGenerator<Found> {
  const sizes = await listObjects(gateway, projectPrefix(projectNo));
  for await (const row of filesOfProject(gateway, projectNo)) {
    if (!isResult(row)) {
      const size = sizes.get(row.objectKey);
      sizes.delete(row.objectKey);
      if (differenceOfObject(row, size)) yield* objectAgain(gateway, row.fileId);
    }
    if (await rowDiffers(gateway, row)) yield* rowAgain(gateway, row.fileId);
  }
  for (const key of sizes.keys()) {
    // A row is written before its object; both may have been removed since the objects were listed.
    if ((await sizeOf(gateway, key)) === undefined) continue;
    yield { kind: 'object-unknown', subject: key, found: 'S3 has it, and no file is known that it belongs to' };
  }
}

async function listObjects({ s3, bucket }: OperatedGateway, Prefix: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix })) {
    for (const { Key = '', Size = 0 } of Contents) sizes.set(Key, Size);
  }
  return sizes;
}

async function sizeOf({ s3, bucket }: OperatedGateway, Key: string): Promise<number | undefined> {
  try {
    return (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))).ContentLength;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return undefined;
    throw error;
  }
}

const rowOf = async (gateway: OperatedGateway, fileId: string): Promise<AnyFile | undefined> =>
  (await readRows(gateway, [fileId])).get(fileId);

const entryOf = ({ db, tables }: OperatedGateway, { position }: AnyFile) =>
  getItem<TransferEntry>(db, tables.lines, transferKey(position));

const rowDiffers = async (gateway: OperatedGateway, row: AnyFile) =>
  differenceOfRow(row, undefined) && differenceOfRow(row, await entryOf(gateway, row));

async function* objectAgain(gateway: OperatedGateway, fileId: string): AsyncGenerator<Found> {
  const row = await rowOf(gateway, fileId);
  const found = row && !isResult(row) && differenceOfObject(row, await sizeOf(gateway, row.objectKey));
  if (found) yield found;
}

async function* rowAgain(gateway: OperatedGateway, fileId: string): AsyncGenerator<Found> {
  const row = await rowOf(gateway, fileId);
  const found = row && (await rowDiffers(gateway, row));
  if (!row || !found) return;
  const entry = { ...transferKey(row.position), fileId };
  if (isResult(row)) {
    yield { ...found, fix: { put: { ...entry, kind: 'result' } } };
    return;
  }
  const { messageId } = row;
  const state = (await readMessage(gateway, messageId))?.state;
  if (state === 'working' || state === 'held') {
    yield { ...found, fix: { put: { ...entry, kind: 'delivery', messageId } } };
  } else {
    yield { ...found, found: `${found.found}; its delivery is ${state ?? 'gone'}` };
  }
}

/** Entries of the transfer queue that will never be done. */
export async function* compareTransfers(gateway: OperatedGateway): AsyncGenerator<Found> {
  const entries = query<TransferEntry>(gateway.db, {
    TableName: gateway.tables.lines,
    KeyConditionExpression: 'line = :line',
    ExpressionAttributeValues: { ':line': transfersLine },
  });
  for await (const entry of entries) {
    if (!(await entryDiffers(gateway, entry))) continue;
    const now = await getItem<TransferEntry>(gateway.db, gateway.tables.lines, transferKey(entry.position));
    const found = now && (await entryDiffers(gateway, now));
    if (found) yield { ...found, fix: { remove: now } };
  }
}

async function entryDiffers(gateway: OperatedGateway, entry: TransferEntry): Promise<Difference | undefined> {
  const { fileId, messageId, kind, awaits } = entry;
  const record =
    (kind === 'return' || awaits !== undefined) && messageId !== undefined
      ? await readMessage(gateway, messageId)
      : undefined;
  return differenceOfEntry(entry, await rowOf(gateway, fileId), record?.state);
}

/** Differences between the messages that are not marked yet and the portal's list, which is requested once. */
export async function comparePortal(gateway: OperatedGateway, { url, apiKey }: PortalAccess): Promise<Found[]> {
  const entries = new Map<string, LineEntry>();
  for await (const entry of scan<LineEntry>(gateway.db, gateway.tables.lines)) {
    if (entry.line !== transfersLine) entries.set(entry.messageId, entry);
  }
  const client = createPortal({ baseUrl: url, apiKey: async () => apiKey, clock: gateway.clock });
  const { listed, found } = await compareList(gateway, entries, client.listMessages());
  const suspects = differencesOfList([...entries.values()], listed);
  const now = await Promise.all(suspects.map(({ subject }) => readMessage(gateway, subject)));
  const still = now.flatMap((record) => (record && record.state !== 'marked' ? [record] : []));
  return [...differencesOfList(still, listed), ...found];
}

/** Messages that are read together. */
const pageSize = 100;

/** Keys of the listed messages, and the messages that the tables lack or have with other content. */
async function compareList(
  gateway: OperatedGateway,
  entries: ReadonlyMap<string, LineEntry>,
  list: AsyncIterable<ListedMessage>,
): Promise<{ listed: Set<string>; found: Found[] }> {
  const messages: Listed[] = [];
  for await (const { messageId, contentHash } of list)
    if (messageId !== undefined) messages.push({ messageId, contentHash });
  const listed = new Set<string>();
  const found: Found[] = [];
  for (const page of pagesOf(messages, pageSize)) {
    const known = await KnownMessages.read(gateway, entries, page);
    for (const message of page) {
      const match = known.match(message);
      if (match.kind !== 'known') found.push(differenceOfMatch(message, match.kind));
      listed.add(match.kind === 'new' ? match.key : match.known.messageId);
    }
  }
  return { listed, found };
}
