import { newestEvent } from '../history/history.ts';
import { readMessage } from './dispatch.ts';
import type { HandlerContext } from './handle/handler.ts';
import type { MessageRecord } from './record.ts';

/**
 * Finds the message that deleted an access or a file although DST listed it after another message: what that one would bring
 * back must stay away. The deletion of another project counts for accesses alone, which belong to one project at a time, and
 * not when an older message was to delete the access first, which a person held.
 *
 * @param subject of the access or the file
 * @returns nothing when the last deletion came before the message
 */
export async function deletionSince(
  { context, record, entries }: Pick<HandlerContext, 'context' | 'record' | 'entries'>,
  subject: string,
): Promise<MessageRecord | undefined> {
  const deletion = await newestEvent(context.db, context.tables.history, subject, 'deleted');
  const message = deletion?.messageId ? await readMessage(context, deletion.messageId) : undefined;
  if (!message || message.position < record.position) return undefined;
  const own = entries.find(({ messageId }) => messageId === record.messageId);
  const isOfOther = message.type === 'DeleteProject' && message.line !== record.line;
  return isOfOther && (record.type === 'DataDeliveryReady' || own?.anew) ? undefined : message;
}
