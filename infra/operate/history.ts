import { accessSubject, fileSubject, ownLine, projectSubject } from '../../shared/messages/lines.ts';
import type { HistoryEvent } from '../../shared/operations/history.ts';
import { gatewaySubject } from '../../shared/operations/note.ts';
import { query } from '../../shared/platform/dynamodb.ts';
import { InvalidInputError } from '../../shared/platform/errors.ts';
import type { Command } from './command.ts';
import { dateTime, listing, printPage, readLimit, type Show } from './listing.ts';

type HistoryRow = HistoryEvent & { at: number; messageId?: string };

/** Tells who or what did each thing to a project, an access or a file. */
export const history: Command<typeof listing> = {
  arguments: ['subject'],
  options: listing,
  summary:
    'tells what happened to project#N, access#ID, file#ID, message#ID or the gateway, and by whom; also after its deletion',
  async run({ gateway, screen }, { after, ...values }, subject = '') {
    checkSubject(subject);
    readLimit(values.limit);
    const from = after === undefined ? 0 : Number(after);
    if (!Number.isInteger(from)) throw new InvalidInputError('--after: must be the number of an event');
    const { db, tables } = await gateway();
    const events = query<HistoryRow>(db, {
      TableName: tables.history,
      KeyConditionExpression: 'subject = :subject AND #sequence > :from',
      ExpressionAttributeNames: { '#sequence': 'sequence' },
      ExpressionAttributeValues: { ':subject': subject, ':from': from },
    });
    return printPage(screen, values, events, show);
  },
};

const prefixes = [projectSubject(''), accessSubject(''), fileSubject(''), ownLine(''), 'incident#'];

function checkSubject(subject: string): void {
  if (subject === gatewaySubject || prefixes.some((prefix) => subject.startsWith(prefix))) return;
  throw new InvalidInputError(`The subject must be ${gatewaySubject} or begin with one of ${prefixes.join(', ')}`);
}

const show: Show<HistoryRow> = {
  head: ['EVENT', 'WHEN', 'WHAT', 'BY', 'DETAILS'],
  row: ({ sequence, at, event, messageId, details = {} }) => {
    const { by, reason, ...rest } = details;
    const cause = messageId === undefined ? '' : `message ${messageId}`;
    const who = by === undefined ? cause || 'the centre' : `${by}`;
    const about = by !== undefined && cause ? [cause] : [];
    const why = reason === undefined ? [] : [`${reason}`];
    const more = Object.entries(rest).map(([name, value]) => `${name}: ${value}`);
    return [String(sequence), dateTime(at), event, who, [...why, ...about, ...more].join(', ')];
  },
  describe: (row) => row,
  id: ({ sequence }) => String(sequence),
  one: 'event',
  many: 'events',
};
