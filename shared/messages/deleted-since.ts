import { newestEvent, newestFirst } from '../history/history.ts';
import type { HandlerContext } from './handle/handler.ts';
import { readMessage } from './read.ts';
import type { MessageRecord } from './record.ts';

type Handling = Pick<HandlerContext, 'context' | 'record' | 'entries'>;

/**
 * Finds the message that deleted an access or a file and that DST listed after the given message: the given message must not
 * create the subject again. Of several it finds the one that deleted last, because a deletion that does not count hides none of
 * the deletions before it.
 *
 * @param subject of the access or the file
 * @returns undefined if no deletion that counts was listed after the given message
 */
export async function deletionSince(handling: Handling, subject: string): Promise<MessageRecord | undefined> {
  const { context } = handling;
  for await (const { event, messageId } of newestFirst(context.db, context.tables.history, subject)) {
    const deletion = event === 'deleted' && messageId ? await readMessage(context, messageId) : undefined;
    if (deletion && (await isSince(handling, deletion, subject))) return deletion;
  }
  return undefined;
}

/**
 * Whether a deletion was listed after the given message and counts for it. The deletion of another project counts for accesses
 * alone, because an access belongs to one project at a time. It does not count if an older message was to delete the access
 * first and a person held that message, unless a later message had created the access.
 */
async function isSince({ context, record, entries }: Handling, deletion: MessageRecord, subject: string) {
  if (deletion.position < record.position) return false;
  if (deletion.type !== 'DeleteProject' || deletion.line === record.line) return true;
  if (record.type === 'DataDeliveryReady') return false;
  const own = entries.find(({ messageId }) => messageId === record.messageId);
  if (!own?.anew) return true;
  const creation = await newestEvent(context.db, context.tables.history, subject, 'created');
  const creator = creation?.messageId ? await readMessage(context, creation.messageId) : undefined;
  return creator !== undefined && creator.position > record.position;
}
