import { HeadObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { OperatorContext } from '../../decisions/context.ts';
import { projectPrefix } from '../../files/object-key.ts';
import { isResult, readRows } from '../../files/rows.ts';
import { KnownMessages, type Listed } from '../../messages/poll/known-messages.ts';
import { readMessage } from '../../messages/read.ts';
import type { LineEntry } from '../../messages/record.ts';
import { transfersLine } from '../../messages/subject.ts';
import { type TransferEntry, transferKey } from '../../messages/transfers-line.ts';
import { getItem, query } from '../../platform/dynamodb.ts';
import { pagesOf } from '../../platform/pages.ts';
import type { Portal } from '../../portal/client.ts';
import type { ListedMessage } from '../../portal/parse-message.ts';
import { type AnyFile, filesOfProject } from '../find/file-list.ts';
import { unmarkedEntries } from '../find/unmarked.ts';
import {
  type Difference,
  differenceOfEntry,
  differenceOfMatch,
  differenceOfObject,
  differenceOfRow,
  differencesOfList,
} from './differences.ts';

/** Everything that a comparison needs. */
export interface ComparedGateway extends OperatorContext {
  s3: S3Client;
  /** The bucket of the files. */
  bucket: string;
}

/** A difference, with the change that fixes it without harm, if there is one. */
export interface FoundDifference extends Difference {
  fix?: { put: TransferEntry } | { remove: TransferEntry };
}

/**
 * Differences between a project's rows and its objects. The gateway goes on meanwhile, so each difference is read again
 * before it is reported.
 */
export async function* compareProject(gateway: ComparedGateway, projectNo: string): AsyncGenerator<FoundDifference> {
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

async function listObjects({ s3, bucket }: ComparedGateway, Prefix: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix })) {
    for (const { Key = '', Size = 0 } of Contents) sizes.set(Key, Size);
  }
  return sizes;
}

async function sizeOf({ s3, bucket }: ComparedGateway, Key: string): Promise<number | undefined> {
  try {
    return (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))).ContentLength;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return undefined;
    throw error;
  }
}

const rowOf = async (gateway: ComparedGateway, fileId: string): Promise<AnyFile | undefined> =>
  (await readRows(gateway, [fileId])).get(fileId);

const entryOf = ({ db, tables }: ComparedGateway, { position }: AnyFile) =>
  getItem<TransferEntry>(db, tables.lines, transferKey(position));

const rowDiffers = async (gateway: ComparedGateway, row: AnyFile) =>
  differenceOfRow(row, undefined) && differenceOfRow(row, await entryOf(gateway, row));

async function* objectAgain(gateway: ComparedGateway, fileId: string): AsyncGenerator<FoundDifference> {
  const row = await rowOf(gateway, fileId);
  const found = row && !isResult(row) && differenceOfObject(row, await sizeOf(gateway, row.objectKey));
  if (found) yield found;
}

async function* rowAgain(gateway: ComparedGateway, fileId: string): AsyncGenerator<FoundDifference> {
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

/**
 * Entries of the line of transfers.
 *
 * @param after position behind which to begin
 */
export const transferEntries = (
  { db, tables }: Pick<ComparedGateway, 'db' | 'tables'>,
  after = ' ',
): AsyncGenerator<TransferEntry> =>
  query<TransferEntry>(db, {
    TableName: tables.lines,
    KeyConditionExpression: 'line = :line AND #position > :after',
    ExpressionAttributeNames: { '#position': 'position' },
    ExpressionAttributeValues: { ':line': transfersLine, ':after': after },
  });

/** An entry of the line of transfers that will never be done. The entry is read again before it is reported. */
export async function compareTransfer(
  gateway: ComparedGateway,
  entry: TransferEntry,
): Promise<FoundDifference | undefined> {
  if (!(await entryDiffers(gateway, entry))) return undefined;
  const now = await getItem<TransferEntry>(gateway.db, gateway.tables.lines, transferKey(entry.position));
  const found = now && (await entryDiffers(gateway, now));
  return found && { ...found, fix: { remove: now } };
}

async function entryDiffers(gateway: ComparedGateway, entry: TransferEntry): Promise<Difference | undefined> {
  const { fileId, messageId, kind, awaits } = entry;
  const record =
    (kind === 'return' || awaits !== undefined) && messageId !== undefined
      ? await readMessage(gateway, messageId)
      : undefined;
  return differenceOfEntry(entry, await rowOf(gateway, fileId), record?.state);
}

/** Differences between the messages that are not marked yet and the portal's list, which is requested once. */
export async function comparePortal(
  gateway: ComparedGateway,
  portal: Pick<Portal, 'listMessages'>,
): Promise<FoundDifference[]> {
  const entries = new Map<string, LineEntry>();
  for await (const entry of unmarkedEntries(gateway)) entries.set(entry.messageId, entry);
  const { listed, found } = await compareList(gateway, entries, portal.listMessages());
  const suspects = differencesOfList([...entries.values()], listed);
  const now = await Promise.all(suspects.map(({ subject }) => readMessage(gateway, subject)));
  const still = now.flatMap((record) => (record && record.state !== 'marked' ? [record] : []));
  return [...differencesOfList(still, listed), ...found];
}

/** Messages that are read together. */
const pageSize = 100;

/** Keys of the listed messages, and the messages that the tables lack or have with other content. */
async function compareList(
  gateway: ComparedGateway,
  entries: ReadonlyMap<string, LineEntry>,
  list: AsyncIterable<ListedMessage>,
): Promise<{ listed: Set<string>; found: FoundDifference[] }> {
  const messages: Listed[] = [];
  for await (const { messageId, contentHash } of list)
    if (messageId !== undefined) messages.push({ messageId, contentHash });
  const listed = new Set<string>();
  const found: FoundDifference[] = [];
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
