import { readMessage } from '../../../shared/messages/read.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { unmarkedEntries } from '../../../shared/operate/find/unmarked.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { findId } from './find-id.ts';

/**
 * Finds a message by its id or the beginning of its id. Messages not marked yet come first.
 *
 * @throws PermanentError when there is none, or more than one
 */
export async function findMessage(gateway: OperatedGateway, text: string): Promise<MessageRecord> {
  const exact = await readMessage(gateway, text);
  if (exact) return exact;
  async function* likely() {
    for await (const { messageId } of unmarkedEntries(gateway)) yield messageId;
  }
  const ids = { what: 'message', table: gateway.tables.messages, key: 'messageId', likely };
  const record = await readMessage(gateway, await findId(gateway, ids, text));
  if (!record) throw new PermanentError(`There is no message ${printable(text)}`);
  return record;
}
