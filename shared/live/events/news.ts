import { eventOf } from '../../history/events.ts';
import type { HistoryRow } from '../../history/history.ts';
import { isTold, projectEventOf } from '../../processes/events/payload.ts';
import { retention } from '../channel/log.ts';
import type { LiveContext } from '../context.ts';
import type { Message } from '../protocol/message.ts';
import { audiencesFor, isOfProcess } from './audience.ts';

/** Something that accounts may have to do with. */
export interface Topic {
  subject: string;
  audiences: readonly string[];
}

/** A message for accounts. */
export interface News extends Topic {
  /** An account's log takes news with the same id once. */
  id: string;
  /** When it happened, in milliseconds since 1970. */
  at: number;
  message: Message;
  /** Name of an account that is not told, because it did it. */
  except?: string;
}

/** Events that are published again, to systems that lost them, are no news. */
export const isNews =
  ({ clock }: LiveContext) =>
  ({ at }: Pick<HistoryRow, 'at'>): boolean =>
    at >= clock.now() - retention;

export const topicOf = (row: HistoryRow): Topic => ({ subject: row.subject, audiences: audiencesFor(row) });

/** The news of an event; none of a change of a process that others are not told of. @throws ZodError for unknown values */
export function newsOf(row: HistoryRow): News[] {
  const common = { ...topicOf(row), id: `${row.subject}#${row.sequence}`, at: row.at };
  if (!isOfProcess(row.subject)) return [{ ...common, message: { action: 'event', event: eventOf(row) } }];
  const { key, by, projectID } = row.details ?? {};
  if (!isTold(key) || typeof by !== 'string' || typeof projectID !== 'string') return [];
  const processID = row.subject.slice(row.subject.indexOf('#') + 1);
  const message = { action: 'projectEvent', ...projectEventOf([{ projectID, processID, key }]) };
  return [{ ...common, except: by, message }];
}
