import type { FileRow } from '../files/file.ts';
import { readFiles } from '../files/rows.ts';
import type { MessageRecord } from '../messages/record.ts';
import { readMessageData } from '../messages/stored-text.ts';
import type { OperatorContext } from './context.ts';

/** The rows of the files that a delivery registered, without files that were stored and are fetched once more. */
export async function filesOfDelivery(operator: OperatorContext, record: MessageRecord): Promise<FileRow[]> {
  const { files } = await readMessageData(operator, record, 'DataDeliveryReady');
  const fileIds = files.map((file) => file.fileId);
  const rows = await readFiles(operator, fileIds);
  const isOwn = ({ messageId, state, storedAt }: FileRow) =>
    messageId === record.messageId && (storedAt === undefined || state === 'stored');
  return [...rows.values()].filter(isOwn);
}
