import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AccountRow } from '../../accounts/account.ts';
import { accountIdOf, organizationIdOf, organizationsOf } from '../../accounts/membership.ts';
import { batchGet, getItem, query, unlessRefused } from '../../platform/dynamodb.ts';
import { tryAgain, untilCommitted } from '../../platform/transaction.ts';
import { clientAudience, contractorAudience } from '../audience.ts';
import type { ProcessContext } from '../context.ts';
import { messageKey, timeKey } from '../keys.ts';
import type { MessageRow, MissedEventRow } from '../rows.ts';
import type { Viewer } from '../viewer.ts';
import { advance, beginning, type EventCursor, hasSeen, type LogCursor, maxSeen, merge, settledAt } from './cursor.ts';
import { eventsScope } from './write-missed-events.ts';

/** How far an account has acknowledged what it has missed. */
interface CursorRow {
  scope: string;
  item: 'events';
  cursor: EventCursor;
  version: number;
}

/** A page of what an account has missed. */
export interface MissedEvents {
  events: MissedEventRow[];
  /** Names these events, and all before them, for their acknowledgement. */
  cursor: EventCursor;
  /** Whether there are more. */
  more: boolean;
}

/** Most events of a page. */
const pageSize = 100;

type SignedIn = Viewer & { account: AccountRow };

const cursorKey = (account: AccountRow) => ({ scope: `cursor#${accountIdOf(account)}`, item: 'events' as const });

/**
 * Reads what an account has missed, log by log, oldest first. Reading acknowledges nothing.
 *
 * @param from the cursor of the page before
 */
export async function readMissedEvents(
  context: ProcessContext,
  viewer: SignedIn,
  from: EventCursor = {},
): Promise<MissedEvents> {
  const { db, clock, tables } = context;
  const { account } = viewer;
  const [stored, logs] = await Promise.all([
    getItem<CursorRow>(db, tables.processes, cursorKey(account)),
    logsOf(context, viewer),
  ]);
  const now = clock.now();
  // Events from before the account had access to the project are none that it missed.
  const first = { upTo: timeKey(account.createdAt), seen: [] };
  const cursor: Record<string, LogCursor> = {};
  for (const log of logs) {
    cursor[log] = [stored?.cursor[log], from[log]].reduce<LogCursor>((all, one) => merge(all, one ?? beginning), first);
  }
  const events = new Map<string, MissedEventRow>();
  let room = maxSeen - Object.values(cursor).reduce((sum, { seen }) => sum + seen.length, 0);
  let more = false;
  for (const [log, known] of Object.entries(cursor)) {
    if (events.size >= pageSize) {
      more = true;
      continue;
    }
    const page = await readPage(context, log, known, { settled: settledAt(now), room });
    for (const row of page.rows) if (row.by !== account.account) events.set(row.item, row);
    more ||= page.more;
    const keys = page.rows.map(({ item }) => item);
    const after = advance(known, keys, now, page.more ? keys.at(-1) : undefined);
    room -= after.seen.length - known.seen.length;
    cursor[log] = after;
  }
  return { events: [...events.values()].toSorted((one, other) => (one.item < other.item ? -1 : 1)), cursor, more };
}

/**
 * Rows of a log that a cursor has not seen. In a flood of events those of the last minutes wait until they can be counted by their
 * time.
 *
 * @param settled key from which on events are counted one by one; `room` says for how many
 */
async function readPage(
  { db, tables }: ProcessContext,
  log: string,
  cursor: LogCursor,
  { settled, room }: { settled: string; room: number },
): Promise<{ rows: MissedEventRow[]; more: boolean }> {
  const rows: MissedEventRow[] = [];
  let counted = 0;
  const found = query<MissedEventRow>(db, {
    TableName: tables.processes,
    KeyConditionExpression: '#scope = :scope AND #item > :from',
    ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
    ExpressionAttributeValues: { ':scope': eventsScope(log), ':from': cursor.upTo },
    Limit: pageSize + cursor.seen.length + 1,
  });
  for await (const row of found) {
    if (hasSeen(cursor, row.item)) continue;
    if (row.item >= settled) counted += 1;
    if (rows.length === pageSize || counted > Math.max(0, room)) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: false };
}

/** Names of the logs that an account may read now. */
async function logsOf(context: ProcessContext, { account, projectNo }: SignedIn): Promise<string[]> {
  const organizations = await organizationsOf(context, account);
  return [
    clientAudience(accountIdOf(account)),
    ...(projectNo === undefined ? [] : [`project#${projectNo}`]),
    ...organizations.map((organization) => contractorAudience(organizationIdOf(organization))),
  ];
}

/** Acknowledges what a cursor has seen: it is not missed any more. Cursors never go back. */
export async function acknowledgeEvents(context: ProcessContext, viewer: SignedIn, seen: EventCursor): Promise<void> {
  const { db, tables } = context;
  const logs = await logsOf(context, viewer);
  await untilCommitted('Cursor', async () => {
    const stored = await getItem<CursorRow>(db, tables.processes, cursorKey(viewer.account));
    const known = stored?.cursor ?? {};
    // Logs that the account may not read any more are forgotten.
    const cursor = Object.fromEntries(
      logs.map((log) => [log, merge(known[log] ?? beginning, seen[log] ?? beginning)] as const),
    );
    const Item: CursorRow = { ...cursorKey(viewer.account), cursor, version: (stored?.version ?? 0) + 1 };
    const condition = stored
      ? { ConditionExpression: 'version = :read', ExpressionAttributeValues: { ':read': stored.version } }
      : { ConditionExpression: 'attribute_not_exists(version)' };
    const put = db.send(new PutCommand({ TableName: tables.processes, Item, ...condition }));
    return (await unlessRefused(put)) ? undefined : tryAgain;
  });
}

/** Texts of the messages that events are about, by the events' keys: of those that are still there. */
export async function messageTexts(
  { db, clock, tables }: ProcessContext,
  events: readonly MissedEventRow[],
): Promise<Map<string, string>> {
  const sent = events.filter(({ key }) => key === 'messages');
  const keys = new Map(
    sent.map((event) => [event.item, messageKey(event.projectID, event.processID, sequenceOf(event))]),
  );
  const rows = await batchGet<MessageRow>(
    db,
    clock,
    tables.processes,
    [...keys.values()].map((key) => ({ ...key })),
  );
  const texts = new Map(rows.map(({ scope, item, text }) => [`${scope} ${item}`, text]));
  return new Map([...keys].map(([event, { scope, item }]) => [event, texts.get(`${scope} ${item}`) ?? '']));
}

/** Sequence of the change in the history of its process. */
const sequenceOf = ({ item }: MissedEventRow): number => Number(item.slice(item.lastIndexOf('#') + 1));
