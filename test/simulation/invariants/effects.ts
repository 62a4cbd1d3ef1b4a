import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { World } from '../world.ts';
import { type HistoryItem, isByCentre, rows } from './rows.ts';

/** Invariant 1: a message's effect happens exactly once. A project's deletion removes each object that is put too late, by itself. */
export function* repeatedEffects(world: World) {
  const events = new Set<string>();
  for (const item of rows<HistoryItem>(world, 'history')) {
    const { subject, event, messageId, details } = item;
    if (messageId === undefined || isByCentre(item)) continue;
    // S3 tells the second alone in which one of them was put.
    const late = details?.putAt === undefined ? '' : ` ${details.etag} put at ${details.putAt}`;
    const key = `${event} of ${subject}${late} by ${messageId}`;
    if (events.has(key)) yield `${key} happened twice`;
    events.add(key);
  }
  for (const [messageId, count] of world.effects) if (count > 1) yield `${messageId} took effect ${count} times`;
}

/** Invariant 2: effects of one line come in the portal's order, but for revocations and deletions. */
export function* disorder(world: World) {
  const revocations = ['DisableProjectAccess', 'DeleteProjectAccess', 'DeleteDataFile', 'DeleteProject'];
  const records = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record]));
  const last = new Map<string, string>();
  for (const messageId of world.effects.keys()) {
    const record = records.get(messageId);
    if (!record || revocations.includes(record.type)) continue;
    const before = last.get(record.line);
    if (before !== undefined && before > record.position)
      yield `${messageId} took effect after a later message of ${record.line}`;
    last.set(record.line, record.position);
  }
  const places = new Map<string, string>();
  for (const { messageId } of world.portal.messages) {
    const record = records.get(messageId);
    if (!record) continue;
    const before = places.get(record.line);
    if (before !== undefined && before > record.position)
      yield `${messageId} stands before an older message of ${record.line}`;
    places.set(record.line, record.position);
  }
}
