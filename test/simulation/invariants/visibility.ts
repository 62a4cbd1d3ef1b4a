import type { LineEntry, MessageRecord } from '../../../shared/messages/record.ts';
import { type Incident, type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import type { PortalHealth } from '../../../shared/portal/outage-rules.ts';
import { isEnabled } from '../kinds.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

const hour = 3_600_000;

const waiting: readonly string[] = ['open', 'applying', 'applied', 'working', 'held'];

/** A message listed for an hour shows in `status`: it waits, is at work or held, or is an incident. */
export function* listedInvisibly(world: World) {
  // A clock that was ahead lets nobody look for as long.
  if (!isEnabled('marks not kept') || world.isSkewed) return;
  const entries = rows<LineEntry>(world, 'lines').filter(({ line }) => line !== 'transfers');
  const states = new Map(entries.map(({ messageId, state }) => [messageId, state]));
  const told = new Set(rows<Incident>(world, 'incidents').map(({ messageId }) => messageId));
  const shown = new Set<string>();
  for (const { messageId, projectNo, sentAt, markedAt } of world.portal.messages) {
    if (markedAt !== undefined) continue;
    const isShown = waiting.includes(states.get(messageId) ?? '') || told.has(messageId);
    const isRefused = world.portal.insistsOnOrder && shown.has(projectNo);
    if (isShown) shown.add(projectNo);
    else if (!isRefused && sentAt < world.scheduler.now - hour)
      yield `${messageId} is listed, and status does not show it`;
  }
}

/** A message that is marked again and again to no avail becomes an incident. */
export function* marksInVain(world: World) {
  if (!isEnabled('marks not kept') || world.isSkewed) return;
  const told = new Set(rows<Incident>(world, 'incidents').map(({ messageId }) => messageId));
  for (const { messageId, acceptedAt, markedAt, marks } of world.portal.messages) {
    if (acceptedAt === undefined || markedAt !== undefined || told.has(messageId)) continue;
    if (acceptedAt < world.scheduler.now - 1.5 * hour)
      yield `${messageId} was marked ${marks} times, and is still listed`;
  }
}

/** A portal that answers is not told to be out. */
export function* outagesWithoutEnd(world: World) {
  if (!isEnabled('empty list in other words')) return;
  const health = rows<PortalHealth & { name: string }>(world, 'control').find(({ name }) => name === 'portal');
  if (health && health.state !== 'reachable') yield `the portal answers, and is told to be ${health.state}`;
}

/** A CreateProject passes what is held because there is no such project. */
export function* projectsNeverCreated(world: World) {
  if (!isEnabled('inverted order')) return;
  const records = rows<MessageRecord>(world, 'messages');
  const absences = new Set(
    rows<IncidentRow>(world, 'incidents')
      // A message that was held for want of a project, and retried, may be held again for another reason: then a person decides.
      .filter((each) => each.kind === 'mismatch' && each.expected.startsWith('project ') && isOpen(each))
      .map(({ messageId }) => messageId),
  );
  for (const { messageId, type, state, line, position } of records) {
    if (type !== 'CreateProject' || state !== 'open') continue;
    const older = records.filter(
      (each) => each.line === line && each.position < position && waiting.includes(each.state),
    );
    if (older.every((each) => each.state === 'held' && absences.has(each.messageId)))
      yield `${messageId} waits for messages that wait for it`;
  }
}
