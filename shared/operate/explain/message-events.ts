import type { OperatorContext } from '../../decisions/context.ts';
import type { HistoryRow } from '../../history/history.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { ownLine, projectSubject } from '../../messages/subject.ts';
import { eventsOf, eventsOfProject } from '../lists/history.ts';

/** Most events that are looked at, and that are shown. */
const maxLooked = 2_000;
const maxShown = 200;

/** Events that a message caused, and decisions about it, in order. */
export interface MessageEvents {
  events: readonly HistoryRow[];
  /** Whether there may be more than were looked at. */
  areMore: boolean;
}

/** Finds what a message changed. A large delivery has an event for each file, so the number is limited. */
export async function messageEventsOf(
  operator: Pick<OperatorContext, 'db' | 'tables'>,
  record: MessageRecord,
): Promise<MessageEvents> {
  const events: HistoryRow[] = [];
  let looked = 0;
  for await (const event of eventsNear(operator, record)) {
    if (looked === maxLooked || events.length === maxShown) return { events, areMore: true };
    looked += 1;
    if (event.messageId === record.messageId) events.push(event);
  }
  return { events, areMore: false };
}

function eventsNear(
  operator: Pick<OperatorContext, 'db' | 'tables'>,
  { line, messageId, receivedAt }: MessageRecord,
): AsyncGenerator<HistoryRow> {
  const prefix = projectSubject('');
  if (!line.startsWith(prefix)) return eventsOf(operator, ownLine(messageId));
  return eventsOfProject(operator, line.slice(prefix.length), undefined, 'oldest first', receivedAt);
}
