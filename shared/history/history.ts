import { batchGet, type Database, query } from '../platform/dynamodb.ts';
import type { Clock } from '../platform/time.ts';
import type { Write } from '../platform/transaction.ts';

/** All that can happen: to a project, an access, a file or an account; and what operators do. */
export const eventNames = [
  'confirmed',
  'created',
  'deletion begun',
  'deleted',
  'enabled',
  'disabled',
  'password reset',
  'password taken',
  'registered',
  'stored',
  'returned',
  'sent',
  'retried',
  'dismissed',
  'incident dismissed',
  'released',
  'requeued',
  'paused',
  'resumed',
  'redriven',
  'republished',
  'reconciled',
  'signed in',
  'sign-in refused',
  'signed out',
  'password changed',
  'changed',
  'blocked',
  'unblocked',
  'permission added',
  'permission removed',
  'second factor added',
  'second factor removed',
] as const;

/** What changed, and by whom. Never holds a secret. */
export interface HistoryEvent {
  /** `project#…`, `access#…`, `file#…` or `account#…`. */
  subject: string;
  /** 1 for the first event of the subject, then up by one without a gap; also the version of the subject's row. */
  sequence: number;
  event: (typeof eventNames)[number];
  projectNo?: string | undefined;
  details?: Record<string, unknown>;
}

/** Who or what caused a change: a message of the portal and what follows from it; no message when researchers did. */
export interface Cause {
  messageId?: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
}

/** An event as the table `history` keeps it. */
export type HistoryRow = HistoryEvent & Cause;

/** An event as the table `unpublished` keeps it, with those that happened together with it. */
export type UnpublishedRow = HistoryRow & { others?: HistoryRow[] };

/**
 * Appends events, and notes that they are to be published: the writes are of one transaction, so nothing happens of which
 * nobody is told. The transaction is refused when a subject's history went on meanwhile.
 *
 * @param events of different subjects; they take an action each, and one more together
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

/** The table's one index: by project, in the order of time. It may lag behind, so only people are told by it. */
export const projectIndex = { indexName: 'byProject', partitionKey: 'projectNo', sortKey: 'at' } as const;

/** Asks that index for what happened to a project and all that was ever in it, from a moment on (milliseconds since 1970). */
export const ofProject = (projectNo: string, from: number) => ({
  IndexName: projectIndex.indexName,
  ConsistentRead: false,
  KeyConditionExpression: 'projectNo = :projectNo AND #at >= :from',
  ExpressionAttributeNames: { '#at': projectIndex.sortKey },
  ExpressionAttributeValues: { ':projectNo': projectNo, ':from': from },
});

/**
 * The sequence of the next event of a subject that has no row now: its history goes on where it ended.
 * A subject with a row needs no look-up, its next sequence is the row's version plus one.
 */
export async function nextSequence(db: Database, table: string, subject: string): Promise<number> {
  return ((await newestEvent(db, table, subject))?.sequence ?? 0) + 1;
}

/** The same for many subjects, most of which are new. */
export async function nextSequences(
  { db, clock, tables }: { db: Database; clock: Clock; tables: { history: string } },
  subjects: readonly string[],
): Promise<Map<string, number>> {
  const keys = subjects.map((subject) => ({ subject, sequence: 1 }));
  const known = await batchGet<{ subject: string }>(db, clock, tables.history, keys, ['subject']);
  const sequences = new Map(subjects.map((subject) => [subject, 1]));
  for (const { subject } of known) sequences.set(subject, await nextSequence(db, tables.history, subject));
  return sequences;
}

/** Whether the last that happened to a subject is that a person gave it up: what is asked about it then is asked in vain. */
export async function wasGivenUp(db: Database, table: string, subject: string): Promise<boolean> {
  const last = await newestEvent(db, table, subject);
  return last?.details?.by !== undefined && (last.event === 'dismissed' || last.event === 'deleted');
}

/** What happened to a subject last, or when it last happened to it. */
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

/** What happened to a subject, the newest first. @param limits of the query */
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
