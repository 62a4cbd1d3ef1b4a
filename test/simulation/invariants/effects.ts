import type { MessageRecord } from '../../../shared/messages/record.ts';
import { isChanged } from '../changed-objects.ts';
import type { World } from '../world.ts';
import { type HistoryItem, isByCentre, rows } from './rows.ts';

/**
 * Invariant 1: a message's effect happens exactly once. A project's deletion removes each object that is put too late, by
 * itself; a file whose object was changed may be fetched again.
 */
export function* repeatedEffects(world: World) {
  const events = new Set<string>();
  const history = rows<HistoryItem>(world, 'history').toSorted((a, b) => a.sequence - b.sequence);
  const created = new Map<string, number>();
  for (const item of history) {
    const { subject, event, messageId, details } = item;
    if (messageId === undefined || isByCentre(item)) continue;
    if (event === 'created' || event === 'registered') created.set(subject, (created.get(subject) ?? 0) + 1);
    // S3 tells the second alone in which one of them was put.
    const late = details?.putAt === undefined ? '' : ` ${details.etag} put at ${details.putAt}`;
    if (event === 'stored' && isChanged(world, subject.slice('file#'.length))) continue;
    // A revocation that passes what makes the same access or file anew revokes that, too, when it is there.
    const again = event === 'disabled' || event === 'deleted' ? `, made ${created.get(subject)} times,` : '';
    const key = `${event} of ${subject}${late}${again} by ${messageId}`;
    if (events.has(key)) yield `${key} happened twice`;
    events.add(key);
  }
  const mayRepeat = (messageId: string) => world.sent.get(messageId)?.content?.type === 'DeleteDataFile';
  for (const [messageId, count] of world.effects)
    if (count > 1 && !mayRepeat(messageId)) yield `${messageId} took effect ${count} times`;
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
    // A message that lacked an item takes effect after the message that creates it, with all messages behind it.
    const waited = [...world.misfits].some((misfit) => isNotAfter(records.get(misfit), record));
    if (before !== undefined && before > record.position && !waited)
      yield `${messageId} took effect after a later message of ${record.line}`;
    last.set(record.line, record.position);
  }
  const places = new Map<string, string>();
  for (const { messageId } of world.portal.messages) {
    const record = records.get(messageId);
    if (!record || world.reused.has(messageId)) continue;
    const before = places.get(record.line);
    if (before !== undefined && before > record.position)
      yield `${messageId} stands before an older message of ${record.line}`;
    places.set(record.line, record.position);
  }
}

const isNotAfter = (misfit: MessageRecord | undefined, { line, position }: MessageRecord): boolean =>
  misfit?.line === line && misfit.position <= position;
