import { isSettled, type LineEntry, type MessageRecord } from '../../../shared/messages/record.ts';
import type { Incident } from '../../../shared/operations/incidents.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

/** Invariant 4: every listed message ends marked, or as an incident. */
export function* unsettled(world: World) {
  const records = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record]));
  const entries = rows<LineEntry>(world, 'lines').filter(({ line }) => line !== 'transfers');
  const incidents = new Set(rows<Incident>(world, 'incidents').map(({ messageId }) => messageId));
  const unmarked = new Set<string>();
  for (const { messageId, acceptedAt, markedAt, projectNo } of world.portal.messages) {
    if (world.reused.has(messageId)) continue;
    const record = records.get(messageId);
    if (markedAt !== undefined && record?.state === 'marked') continue;
    const isRefused = world.portal.insistsOnOrder && unmarked.has(projectNo) && record?.settledAt !== undefined;
    unmarked.add(projectNo);
    // `marksInVain` looks at what the portal agreed to and still lists.
    if (acceptedAt !== undefined && world.kinds.has('marks not kept')) continue;
    if (record?.state === 'held' && incidents.has(messageId)) continue;
    const waits = record?.state !== 'held' && waitsForPerson(entries, record?.line);
    if (waits || isRefused) continue;
    const atPortal = markedAt === undefined ? 'not marked' : 'marked';
    yield `${messageId} (${record?.type}) ended ${record?.state}, at the portal ${atPortal}`;
  }
  for (const entry of entries) {
    const record = records.get(entry.messageId);
    if (record?.state === 'marked') yield `${entry.messageId} is marked but still in its line`;
    // After a crash between the writes of the two, the entry follows when its line is dispatched again.
    const isBehind = record && isSettled(record.state) && waitsForPerson(entries, entry.line);
    if (record && record.state !== entry.state && !isBehind)
      yield `${entry.messageId} is ${record.state}, in its line ${entry.state}`;
  }
}

/** Whether a message of a line is held, or of a line that has a message before one of this line. */
function waitsForPerson(
  entries: readonly (LineEntry & { follows?: { line: string }[] })[],
  line: string | undefined,
): boolean {
  const lines = new Set([line]);
  // A set goes on to what is added meanwhile.
  for (const each of lines) {
    for (const entry of entries.filter((other) => other.line === each)) {
      if (entry.state === 'held') return true;
      // A new password waits for the access's one before it, which may be in another line.
      const sameSubject = entries.filter(({ subject }) => subject !== undefined && subject === entry.subject);
      for (const older of [...sameSubject, ...(entry.follows ?? [])]) lines.add(older.line);
    }
  }
  return false;
}
