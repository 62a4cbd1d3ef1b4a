import { eventOf } from '../../history/events.ts';
import type { HistoryRow } from '../../history/history.ts';
import { retention } from '../channel/log.ts';
import type { LiveContext } from '../context.ts';
import type { Message } from '../protocol/message.ts';
import { audiencesFor } from './audience.ts';

/** Something that accounts may have to do with. */
export interface Topic {
  subject: string;
  audiences: readonly string[];
}

/** A message for accounts. */
export interface News extends Topic {
  /** An account's log takes news with the same id once. */
  id: string;
  message: Message;
}

/** Events that are published again, to systems that lost them, are no news. */
export const isNews =
  ({ clock }: LiveContext) =>
  ({ at }: Pick<HistoryRow, 'at'>): boolean =>
    at >= clock.now() - retention;

export const topicOf = (row: HistoryRow): Topic => ({ subject: row.subject, audiences: audiencesFor(row) });

/** @throws ZodError if the event has values that its schema does not know */
export const newsOf = (row: HistoryRow): News => ({
  ...topicOf(row),
  id: `${row.subject}#${row.sequence}`,
  message: { action: 'event', event: eventOf(row) },
});
