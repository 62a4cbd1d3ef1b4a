import { newestEvent } from '../history/history.ts';
import type { MessageContext } from './context.ts';
import { readMessage } from './dispatch.ts';
import type { MessageRecord } from './record.ts';

/**
 * Finds the message that deleted an access or a file although DST listed it after another message: what that one would bring
 * back must stay away.
 *
 * @param subject of the access or the file
 * @returns nothing when the last deletion came before the message
 */
export async function deletionSince(
  context: MessageContext,
  { position }: Pick<MessageRecord, 'position'>,
  subject: string,
): Promise<MessageRecord | undefined> {
  const deletion = await newestEvent(context.db, context.tables.history, subject, 'deleted');
  const message = deletion?.messageId ? await readMessage(context, deletion.messageId) : undefined;
  return message && message.position > position ? message : undefined;
}
