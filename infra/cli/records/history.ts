import { permissionSubject } from '../../../shared/accounts/factors/requirement.ts';
import { accountSubject } from '../../../shared/accounts/history.ts';
import { organizationKey } from '../../../shared/accounts/organization.ts';
import { foldUserName } from '../../../shared/accounts/user-name.ts';
import { gatewaySubject } from '../../../shared/decisions/audit.ts';
import { type HistoryRow, newestEvent, ofProject } from '../../../shared/history/history.ts';
import { accessSubject, fileSubject, ownLine, projectSubject } from '../../../shared/messages/subject.ts';
import { query } from '../../../shared/platform/dynamodb.ts';
import { InvalidInputError, PermanentError } from '../../../shared/platform/errors.ts';
import { foldId } from '../../../shared/portal/id.ts';
import { processProjectSubject, processSubject } from '../../../shared/processes/history.ts';
import { printable } from '../../terminal/render.ts';
import type { Command } from '../command.ts';
import { isKnown } from '../find/project-option.ts';
import { dateTime, listing, printPage, readLimit, type Show } from '../listing.ts';
import type { OperatedGateway } from '../target/gateway.ts';

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
    if (subject.startsWith(projectSubject(''))) {
      const place = after === undefined ? start : readPlace(after);
      const opened = await operation.gateway();
      const projectNo = subject.slice(projectSubject('').length);
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

const unknown = (subject: string) => new PermanentError(`There is no event of ${printable(subject)}`);

const prefixes = [
  ...[projectSubject(''), accessSubject(''), fileSubject(''), ownLine(''), 'incident#', accountSubject('')],
  ...[organizationKey(''), permissionSubject(''), processSubject(''), processProjectSubject('')],
];

/** The subject as in the history, with its id folded. */
function readSubject(text: string): string {
  if (text === gatewaySubject) return text;
  const prefix = prefixes.find((each) => text.startsWith(each));
  if (prefix === accountSubject('')) return accountSubject(foldUserName(text.slice(prefix.length)));
  if (prefix === organizationKey('')) return organizationKey(text.slice(prefix.length));
  if (prefix !== undefined) return `${prefix}${foldId(text.slice(prefix.length))}`;
  throw new InvalidInputError(`The subject must be ${gatewaySubject} or begin with one of ${prefixes.join(', ')}`);
}

function eventsOf({ db, tables }: OperatedGateway, subject: string, from: number): AsyncGenerator<HistoryRow> {
  return query<HistoryRow>(db, {
    TableName: tables.history,
    KeyConditionExpression: 'subject = :subject AND #sequence > :from',
    ExpressionAttributeNames: { '#sequence': 'sequence' },
    ExpressionAttributeValues: { ':subject': subject, ':from': from },
  });
}

/** Sort key of an event among all events of a project: by time, then by subject and sequence. */
type Place = Pick<HistoryRow, 'at' | 'sequence' | 'subject'>;

const start: Place = { at: 0, sequence: 0, subject: '' };
const cursorOf = ({ at, sequence, subject }: Place) => `${at}/${sequence}/${subject}`;

function readPlace(text: string): Place {
  const [, at, sequence, subject = ''] = /^(\d+)\/(\d+)\/(.+)$/s.exec(text) ?? [];
  if (subject === '') throw new InvalidInputError('--after: must be as in the last line of the page before');
  return { at: Number(at), sequence: Number(sequence), subject };
}

const compare = (one: Place, other: Place) =>
  one.at - other.at ||
  (one.subject === other.subject ? one.sequence - other.sequence : one.subject < other.subject ? -1 : 1);

/** The index orders events by time only. */
async function* eventsOfProject(gateway: OperatedGateway, projectNo: string, after: Place): AsyncGenerator<HistoryRow> {
  const { db, tables } = gateway;
  let moment: HistoryRow[] = [];
  const inOrder = () => moment.filter((event) => compare(event, after) > 0).toSorted(compare);
  for await (const event of query<HistoryRow>(db, { TableName: tables.history, ...ofProject(projectNo, after.at) })) {
    if (moment[0] && moment[0].at !== event.at) {
      yield* inOrder();
      moment = [];
    }
    moment.push(event);
  }
  yield* inOrder();
}

function rowOf({ event, messageId, details = {} }: HistoryRow): string[] {
  const { by, reason, ...rest } = details;
  const cause = messageId === undefined ? '' : `message ${messageId}`;
  const who = by === undefined ? cause || 'the centre' : `${by}`;
  const about = by !== undefined && cause ? [cause] : [];
  const why = reason === undefined ? [] : [`${reason}`];
  const more = Object.entries(rest).map(([name, value]) => `${name}: ${value}`);
  return [event, who, [...why, ...about, ...more].join(', ')];
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
  id: cursorOf,
};
