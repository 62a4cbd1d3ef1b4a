import { CopyObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { outboxPrefix } from '../../files/object-key.ts';
import { readRows } from '../../files/rows.ts';
import type { ProcessContext } from '../context.ts';
import type { ProcessFileRow } from '../rows.ts';
import { objectKey } from './object-key.ts';

type ExportContext = Pick<ProcessContext, 'db' | 'clock' | 'tables' | 'attachments' | 'filesBucket'>;

/**
 * Key of a file in the outbox. It begins with a part of the file's id, so that files of the same name do not replace one another, and
 * a repeated export finds what it has put.
 */
export const exportKey = (
  projectNo: string,
  { fileID, fileName }: Pick<ProcessFileRow, 'fileID' | 'fileName'>,
): string => `${outboxPrefix(projectNo)}${fileID.slice(0, 8)}-${fileName}`;

/** Whether a file was put into the outbox, even if it was sent since. */
export async function wasExported(context: ExportContext, projectNo: string, file: ProcessFileRow): Promise<boolean> {
  const { attachments, filesBucket } = context;
  const key = exportKey(projectNo, file);
  // The row of a result stays after its object is sent and removed, so the object is asked for first.
  if (await isThere(attachments.s3, filesBucket, key)) return true;
  return (await readRows(context, [key])).has(key);
}

/** Puts a file into the outbox, as it was looked at. @throws Error named PreconditionFailed when it is another one */
export async function exportFile(
  { attachments: { s3, name }, filesBucket: Bucket }: ExportContext,
  projectNo: string,
  file: ProcessFileRow,
): Promise<void> {
  const CopySource = `${name}/${objectKey(file)}`;
  const copy = { Bucket, Key: exportKey(projectNo, file), CopySource, CopySourceIfMatch: file.etag };
  await s3.send(new CopyObjectCommand(copy));
}

async function isThere(s3: ExportContext['attachments']['s3'], Bucket: string, Key: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket, Key }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return false;
    throw error;
  }
}
