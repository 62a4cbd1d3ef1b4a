import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { ProcessContext } from '../context.ts';
import type { ProcessFileRow, ProcessRow } from '../rows.ts';
import { endOfUpload } from './end-upload.ts';
import { downloadAddress, putStream, readBytes } from './objects.ts';
import { zip } from './zip.ts';

/** Bytes of files that are put together while a client waits, half a minute at most. */
export const maxZipBytes = 250_000_000;

/**
 * Puts an archive of files of a process into the bucket, where it stays for a day.
 *
 * @returns an address of S3 that gives it
 */
export async function largeZip(
  context: ProcessContext,
  { projectID, processID }: Pick<ProcessRow, 'projectID' | 'processID'>,
  files: readonly ProcessFileRow[],
): Promise<string> {
  const { db, tables, attachments, newId } = context;
  const archive = { processID, fileID: newId(), fileName: 'files.zip' };
  // Before the object, which is removed like that of an upload that nobody has completed.
  const Item = endOfUpload(context, { projectID, ...archive });
  await db.send(new PutCommand({ TableName: tables.processes, Item }));
  const entries = files.map((file) => ({
    name: file.fileName,
    at: file.at,
    bytes: readBytes(attachments, file),
  }));
  await putStream(attachments, archive, zip(entries));
  return downloadAddress(attachments, archive);
}
