import type { OperatorContext } from '../../decisions/context.ts';
import { type HistoryRow, projectIndex } from '../../history/history.ts';
import { query } from '../../platform/dynamodb.ts';

type Reading = Pick<OperatorContext, 'db' | 'tables'>;

export type HistoryOrder = 'oldest first' | 'newest first';

/**
 * The events of a subject.
 *
 * @param after sequence of the event behind which to begin
 */
export function eventsOf(
  { db, tables }: Reading,
  subject: string,
  after?: number,
  order: HistoryOrder = 'oldest first',
): AsyncGenerator<HistoryRow> {
  const isForward = order === 'oldest first';
  return query<HistoryRow>(db, {
    TableName: tables.history,
    KeyConditionExpression: `subject = :subject AND #sequence ${isForward ? '>' : '<'} :after`,
    ExpressionAttributeNames: { '#sequence': 'sequence' },
    ExpressionAttributeValues: { ':subject': subject, ':after': after ?? (isForward ? 0 : Number.MAX_SAFE_INTEGER) },
    ScanIndexForward: isForward,
  });
}

/** Sort key of an event among all events of a project: by time, then by subject and sequence. */
export type HistoryPlace = Pick<HistoryRow, 'at' | 'sequence' | 'subject'>;

/** A place as text, for a cursor. */
export const textOfPlace = ({ at, sequence, subject }: HistoryPlace) => `${at}/${sequence}/${subject}`;

/** @returns undefined when the text is no place */
export function readPlace(text: string): HistoryPlace | undefined {
  const [, at, sequence, subject] = /^(\d{1,15})\/(\d{1,15})\/(.+)$/s.exec(text) ?? [];
  return subject === undefined ? undefined : { at: Number(at), sequence: Number(sequence), subject };
}

const compare = (one: HistoryPlace, other: HistoryPlace) =>
  one.at - other.at ||
  (one.subject === other.subject ? one.sequence - other.sequence : one.subject < other.subject ? -1 : 1);

/**
 * The events of a project and of all its accesses and files. The index, which may lag behind by a moment, orders events by time
 * only.
 *
 * @param after place of the event behind which to begin
 * @param from earliest time, in milliseconds since 1970
 */
export async function* eventsOfProject(
  { db, tables }: Reading,
  projectNo: string,
  after?: HistoryPlace,
  order: HistoryOrder = 'oldest first',
  from = 0,
): AsyncGenerator<HistoryRow> {
  const isForward = order === 'oldest first';
  const inOrder = (moment: readonly HistoryRow[]) =>
    moment
      .filter((event) => !after || (isForward ? compare(event, after) > 0 : compare(event, after) < 0))
      .toSorted(isForward ? compare : (one, other) => compare(other, one));
  const events = query<HistoryRow>(db, {
    TableName: tables.history,
    IndexName: projectIndex.indexName,
    ConsistentRead: false,
    KeyConditionExpression: 'projectNo = :projectNo AND #at BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#at': projectIndex.sortKey },
    ExpressionAttributeValues: {
      ':projectNo': projectNo,
      ':from': isForward ? Math.max(from, after?.at ?? 0) : from,
      ':to': isForward ? Number.MAX_SAFE_INTEGER : (after?.at ?? Number.MAX_SAFE_INTEGER),
    },
    ScanIndexForward: isForward,
  });
  let moment: HistoryRow[] = [];
  for await (const event of events) {
    if (moment[0] && moment[0].at !== event.at) {
      yield* inOrder(moment);
      moment = [];
    }
    moment.push(event);
  }
  yield* inOrder(moment);
}
