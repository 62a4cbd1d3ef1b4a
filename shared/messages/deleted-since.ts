import { newestEvent } from '../history/history.ts';
import { readMessage } from './dispatch.ts';
import type { HandlerContext } from './handle/handler.ts';
import type { MessageRecord } from './record.ts';

/**
 * Finds the message that deleted an access or a file although DST listed it after another message: what that one would bring
 * back must stay away. What older messages were to delete first, and to whom it never came because another project's deletion
 * took it away, is the later one's own.
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
  return isOfOther && own?.anew?.includes(subject) ? undefined : message;
}
