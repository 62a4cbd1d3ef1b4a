import { isSettled, type MessageRecord } from '../../../shared/messages/record.ts';
import { projectSubject } from '../../../shared/messages/subject.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { projectOfReused } from '../history.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

/** Milliseconds within which a mark may be on its way when the id is found to be another message's, by a poll that may fail. */
const onItsWay = 150_000;

/** Fate of an id that came again for another message. */
function reuseOf(world: World, id: string) {
  const records = rows<MessageRecord>(world, 'messages');
  const line = projectSubject(projectOfReused(id));
  const incident = rows<IncidentRow>(world, 'incidents').find(
    ({ kind, messageId }) => kind === 'message-id-reused' && messageId === id,
  );
  return {
    incident,
    former: records.find((record) => record.messageId === id && record.line !== line),
    /** The message that came under the id of the former one, where it is recorded. */
    latter: records.find((record) => record.line === line),
  };
}

const isDone = (record: MessageRecord | undefined) =>
  record !== undefined && (isSettled(record.state) || record.state === 'marked');

/** A message listed under the id of another is marked as a person decided: when it, or when the other, is done. */
export function violationOfReusedMark(world: World, id: string): string | undefined {
  const { incident, former, latter } = reuseOf(world, id);
  if (!incident) return former || isDone(latter) ? undefined : `${id} came again, and is marked while ${latter?.state}`;
  // A poll that failed may have noted no more than the incident.
  const failing = world.faults.isOver || world.faults.happened.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  const isEarly = world.scheduler.now < incident.firstSeenAt + onItsWay + failing || world.isSkewed;
  if (isOpen(incident)) return isEarly ? undefined : `${id} came again with other content, and was marked`;
  const meant = incident.state === 'dismissed' ? former : latter;
  return isDone(meant) || isEarly ? undefined : `${id} came again, and is marked while ${meant?.state}`;
}

/** Invariant 10: a known id with other content is an incident, never done already; it becomes what a person says that it is. */
export function* reusedIds(world: World) {
  const projects = new Set(rows<{ projectNo: string }>(world, 'projects').map(({ projectNo }) => projectNo));
  for (const id of world.reused) {
    const { incident, former, latter } = reuseOf(world, id);
    const message = world.portal.messages.find(({ messageId }) => messageId === id);
    const isMade = projects.has(projectOfReused(id));
    if (isMade !== isDone(latter) && !world.dismissed.has(latter?.messageId ?? ''))
      yield `${id} came again and is ${latter?.state}, its project ${isMade ? 'made' : 'not'}`;
    if (latter && latter.state !== 'marked' && latter.state !== 'held')
      yield `${id} came again and ended ${latter.state}`;
    if (!incident) {
      // Nobody can tell when the portal was told of the former before anybody saw the latter.
      if (former && message?.acceptedAt === undefined) yield `${id} came again with other content, and nobody was told`;
      continue;
    }
    if (incident.state === 'retried' && !latter && message?.acceptedAt === undefined)
      yield `${id} came again as new work, which nobody does`;
    if (incident.state !== 'dismissed') continue;
    if (latter) yield `${id} came again as the former message, and is carried out`;
    if (former?.state === 'marked' && message?.acceptedAt === undefined) yield `${id} is done, and listed for ever`;
  }
}
