import { type FileRow, readFiles } from '../files/file.ts';
import { readContent } from '../messages/content.ts';
import type { MessageRecord } from '../messages/record.ts';
import type { Desk } from './desk.ts';

/** The rows of the files that a delivery itself registered. */
export async function filesOfDelivery(desk: Desk, record: MessageRecord): Promise<FileRow[]> {
  const { files } = await readContent(desk, record, 'DataDeliveryReady');
  const fileIds = files.map((file) => file.fileId);
  const rows = await readFiles(desk, desk.tables.files, fileIds);
  return [...rows.values()].filter((row) => row.messageId === record.messageId);
}
