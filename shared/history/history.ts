import { forEachConcurrently } from '../platform/concurrency.ts';
import { batchGet, type Database, query } from '../platform/dynamodb.ts';
import type { Clock } from '../platform/time.ts';
import type { Write } from '../platform/transaction.ts';
import type { EventName } from './event-names.ts';

/** A change of a subject. Never contains a secret. */
export interface HistoryEvent {
  /** `project#…`, `access#…`, `file#…`, `account#…`, `process#…` or `process-project#…`. */
  subject: string;
  /** 1 for the first event of the subject, then up by one without a gap; also the version of the subject's row. */
  sequence: number;
  event: EventName;
  projectNo?: string | undefined;
  details?: Record<string, unknown>;
  /** Audiences that a process belonged to when it was changed: `client#…`, `session#…`, `project#…`, `contractor#…`. */
  parties?: readonly string[];
}

/** The cause of a change: a message of the portal; no message if researchers caused it. */
export interface Cause {
  messageId?: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
}

/** An event as the table `history` keeps it. */
export type HistoryRow = HistoryEvent & Cause;

/** An event as the table `unpublished` keeps it, beside notices of incidents, with the other events of the same transaction. */
export type UnpublishedRow = HistoryRow & {
  others?: HistoryRow[];
  /** When the events were pushed to clients of the WebSocket API. */
  live?: number;
};

/**
 * A change of an incident that was not pushed to operators yet, as the table `unpublished` keeps it. It has no details: the
 * push reads the incident.
 */
export interface IncidentNotice {
  /** `incident#` and its id. */
  subject: string;
  /** Random, so that each notice has a key of its own and is deleted alone. */
  sequence: number;
  incidentId: string;
  /** Milliseconds since 1970. */
  at: number;
  /** When it was pushed to clients of the WebSocket API. */
  live?: number;
}

export const isIncidentNotice = (row: object): row is IncidentNotice => 'incidentId' in row;

/** A change of a job of a workspace that was not pushed to its owner yet. */
export interface JobNotice {
  /** `job#` and its id. */
  subject: string;
  /** The job's version. */
  sequence: number;
  /** Milliseconds since 1970. */
  at: number;
  jobId: number;
  workspaceId: number;
  owner: { account: string; createdAt: number };
  status: string;
  /** State of the job as clients see it, in JSON. */
  details: string;
  /** When it was pushed to clients of the WebSocket API. */
  live?: number;
}

export const isJobNotice = (row: object): row is JobNotice => 'jobId' in row;

/**
 * The writes that append events and queue them for publishing. As part of the transaction that makes the change, they ensure
 * that every change is published. The transaction is refused if a subject's history has changed meanwhile.
 *
 * @param events of different subjects; each takes one action, and all together one more
 */
export function historyWrites(
  tables: { history: string; unpublished: string },
  events: readonly HistoryEvent[],
  { messageId, at }: Cause,
): Write[] {
  const rows = events.map((event): HistoryRow => ({ ...event, messageId, at }));
  const [first, ...others] = rows;
  if (!first) return [];
  const unpublished: UnpublishedRow = others.length > 0 ? { ...first, others } : first;
  return [
    ...rows.map((Item) => ({
      Put: { TableName: tables.history, Item, ConditionExpression: 'attribute_not_exists(subject)' },
    })),
    { Put: { TableName: tables.unpublished, Item: unpublished } },
  ];
}

/** The table's only index: by project, in the order of time. It is eventually consistent, so it is used only for display. */
export const projectIndex = { indexName: 'byProject', partitionKey: 'projectNo', sortKey: 'at' } as const;

/**
 * The sequence of the next event of a subject without a row, whose history continues after its last event. For a subject with a
 * row no query is needed: the next sequence is the row's version plus one.
 */
export async function nextSequence(db: Database, table: string, subject: string): Promise<number> {
  return ((await newestEvent(db, table, subject))?.sequence ?? 0) + 1;
}

/** Subjects whose histories are read concurrently. */
const concurrency = 25;

/** The next sequences of many subjects, most of them new. */
export async function nextSequences(
  { db, clock, tables }: { db: Database; clock: Clock; tables: { history: string } },
  subjects: readonly string[],
): Promise<Map<string, number>> {
  const keys = subjects.map((subject) => ({ subject, sequence: 1 }));
  const known = await batchGet<{ subject: string }>(db, clock, tables.history, keys, ['subject']);
  const sequences = new Map(subjects.map((subject) => [subject, 1]));
  await forEachConcurrently(known, concurrency, async ({ subject }) => {
    sequences.set(subject, await nextSequence(db, tables.history, subject));
  });
  return sequences;
}

/** Whether the last event of a subject is that an operator gave it up, so that further messages about it have nothing to do. */
export async function wasGivenUp(db: Database, table: string, subject: string): Promise<boolean> {
  const last = await newestEvent(db, table, subject);
  return last?.details?.by !== undefined && (last.event === 'dismissed' || last.event === 'deleted');
}

/** The newest event of a subject, or its newest event with a given name. */
export async function newestEvent(
  db: Database,
  table: string,
  subject: string,
  event?: HistoryEvent['event'],
): Promise<HistoryRow | undefined> {
  for await (const row of newestFirst(db, table, subject, event ? {} : { Limit: 1 })) {
    if (!event || row.event === event) return row;
  }
  return undefined;
}

/** The events of a subject, newest first. @param limits of the query */
export const newestFirst = (
  db: Database,
  table: string,
  subject: string,
  limits: { Limit?: number } = {},
): AsyncGenerator<HistoryRow> =>
  query<HistoryRow>(db, {
    TableName: table,
    KeyConditionExpression: 'subject = :subject',
    ExpressionAttributeValues: { ':subject': subject },
    ScanIndexForward: false,
    ...limits,
  });
