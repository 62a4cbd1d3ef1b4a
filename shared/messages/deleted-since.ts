import { newestEvent } from '../history/history.ts';
import type { HandlerContext } from './handle/handler.ts';
import { readMessage } from './read.ts';
import type { MessageRecord } from './record.ts';

/**
 * Finds the message that deleted an access or a file and that DST listed after the given message: the given message must not
 * create the subject again. The deletion of another project counts for accesses alone, because an access belongs to one project
 * at a time. It does not count if an older message was to delete the access first and a person held that message, unless a later
 * message had created the access.
 *
 * @param subject of the access or the file
 * @returns undefined if the last deletion was listed before the given message
 */
export async function deletionSince(
  { context, record, entries }: Pick<HandlerContext, 'context' | 'record' | 'entries'>,
  subject: string,
): Promise<MessageRecord | undefined> {
  const deletion = await newestEvent(context.db, context.tables.history, subject, 'deleted');
  const message = deletion?.messageId ? await readMessage(context, deletion.messageId) : undefined;
  if (!message || message.position < record.position) return undefined;
  if (message.type !== 'DeleteProject' || message.line === record.line) return message;
  if (record.type === 'DataDeliveryReady') return undefined;
  const own = entries.find(({ messageId }) => messageId === record.messageId);
  if (!own?.anew) return message;
  const creation = await newestEvent(context.db, context.tables.history, subject, 'created');
  const creator = creation?.messageId ? await readMessage(context, creation.messageId) : undefined;
  return creator && creator.position > record.position ? message : undefined;
}
