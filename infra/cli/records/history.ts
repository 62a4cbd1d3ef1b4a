import { gatewaySubject } from '../../../shared/decisions/audit.ts';
import { type HistoryRow, newestEvent } from '../../../shared/history/history.ts';
import { isKnown } from '../../../shared/operate/find/known-project.ts';
import {
  eventsOf,
  eventsOfProject,
  type HistoryPlace,
  readPlace,
  textOfPlace,
} from '../../../shared/operate/lists/history.ts';
import { projectOf, readSubject } from '../../../shared/operate/lists/history-subject.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { Command } from '../command.ts';
import { dateTime, listing, printPage, readLimit, type Show } from '../listing.ts';
import { detailTexts } from './event-details.ts';

/** Lists the events of a subject: message, person and time of each. */
export const history: Command<typeof listing> = {
  name: 'history',
  group: 'Look',
  arguments: ['<subject>'],
  options: listing,
  summary:
    'List the events of project#N (with its accesses and files), access#ID, file#ID, message#ID, account#NAME, organization#NAME, permission#NAME, process#ID, process-project#ID or gateway, also after its deletion',
  examples: [
    "history 'project#1001'",
    "history 'access#0b9d1f0e-6a3c-4f5e-9a51-3c0d7c1e2f4a'",
    'history gateway --limit 20',
  ],
  async run(operation, { after, limit }, text = '') {
    const subject = readSubject(text);
    readLimit(limit);
    const projectNo = projectOf(subject);
    if (projectNo !== undefined) {
      const place = after === undefined ? undefined : placeOf(after);
      const opened = await operation.gateway();
      if (after === undefined && !(await isKnown(opened, projectNo))) throw unknown(subject);
      const events = eventsOfProject(opened, projectNo, place);
      return printPage(operation, limit, events, showOfProject);
    }
    const from = after === undefined ? 0 : Number(after);
    if (!Number.isInteger(from)) throw new InvalidInputError('--after: must be the number of an event');
    const opened = await operation.gateway();
    if (from === 0 && subject !== gatewaySubject && !(await newestEvent(opened.db, opened.tables.history, subject)))
      throw unknown(subject);
    return printPage(operation, limit, eventsOf(opened, subject, from), show);
  },
};

function placeOf(text: string): HistoryPlace {
  const place = readPlace(text);
  if (!place) throw new InvalidInputError('--after: must be as in the last line of the page before');
  return place;
}

const unknown = (subject: string) => new PermanentError(`There is no event of ${printable(subject)}`);

function rowOf({ event, messageId, details = {} }: HistoryRow): string[] {
  const { by, reason, ...rest } = details;
  const cause = messageId === undefined ? '' : `message ${messageId}`;
  const who = by === undefined ? cause || 'the centre' : `${by}`;
  const about = by !== undefined && cause ? [cause] : [];
  const why = reason === undefined ? [] : [`${reason}`];
  return [event, who, [...why, ...about, ...detailTexts(rest)].join(', ')];
}

const show: Show<HistoryRow> = {
  head: ['EVENT', 'WHEN', 'WHAT', 'BY', 'DETAILS'],
  row: (event) => [String(event.sequence), dateTime(event.at), ...rowOf(event)],
  describe: (event) => event,
  id: ({ sequence }) => String(sequence),
  one: 'event',
  many: 'events',
};

const showOfProject: Show<HistoryRow> = {
  ...show,
  head: ['WHEN', 'SUBJECT', 'WHAT', 'BY', 'DETAILS'],
  row: (event) => [dateTime(event.at), event.subject, ...rowOf(event)],
  id: textOfPlace,
};
