import { readRows } from '../../../shared/files/rows.ts';
import { transfersLine } from '../../../shared/messages/subject.ts';
import type { TransferEntry } from '../../../shared/messages/transfers-line.ts';
import type { AnyFile } from '../../../shared/operate/find/file-list.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { query, scan } from '../../../shared/platform/dynamodb.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { findId } from './find-id.ts';

/**
 * Finds a file by its id or the beginning of its id. Files that have to be moved or have failed come first.
 *
 * @throws PermanentError when there is none, or more than one
 */
export async function findFile(gateway: OperatedGateway, text: string): Promise<AnyFile> {
  const { tables } = gateway;
  const rowOf = async (fileId: string) => (await readRows(gateway, [fileId])).get(fileId);
  const exact = await rowOf(text);
  if (exact) return exact;
  const ids = { what: 'file', table: tables.files, key: 'fileId', likely: () => idsInWork(gateway) };
  const row = await rowOf(await findId(gateway, ids, text));
  if (!row) throw new PermanentError(`There is no file ${printable(text)}`);
  return row;
}

async function* idsInWork({ db, tables }: OperatedGateway): AsyncGenerator<string> {
  for await (const incident of scan<IncidentRow>(db, tables.incidents)) {
    if (incident.kind === 'file-failed' && isOpen(incident)) yield incident.subject;
  }
  const entries = query<TransferEntry>(db, {
    TableName: tables.lines,
    KeyConditionExpression: 'line = :line',
    ExpressionAttributeValues: { ':line': transfersLine },
  });
  for await (const { fileId } of entries) yield fileId;
}
