import { randomUUID } from 'node:crypto';
import { getItem, updateExpression } from '../../platform/dynamodb.ts';
import { farthest, isAhead } from '../../platform/time.ts';
import { updateItem } from '../../platform/transaction.ts';
import { retention } from '../channel/log.ts';
import type { LiveContext } from '../context.ts';
import { watchKey } from '../era.ts';

// One row says whether anybody is connected and which watch is active. It is marked before a client can be authenticated, so a
// reader after an event knows of every client that the event concerns.

/** Milliseconds after which another watch may begin where one has died. */
export const leaseTime = 10_000;

/** Milliseconds in which a watch that was invoked begins. */
const startTime = 5_000;

interface WatchRow {
  /** Absent until the watch has begun that the first connection has started. */
  holder?: string;
  /** Absent while nobody is connected. */
  leaseUntil?: number;
  /** Since when nobody is connected, in milliseconds since 1970. */
  idleSince?: number;
  /** Whether events are in no log, because no client has been connected for as long as logs keep them. */
  dormant?: boolean;
}

type Context = Pick<LiveContext, 'db' | 'clock' | 'tables'>;

/** Right to be the only watch. */
export interface WatchLease {
  /** Prolongs it. @returns false when another watch has begun */
  renew(): Promise<boolean>;
  /** Ends it for another watch that begins. Where none does, the lease counts as abandoned. @returns false when one has begun */
  handOver(): Promise<boolean>;
  /** Ends it, because nobody is connected. @returns false when a client has connected since it was handed over */
  end(): Promise<boolean>;
}

/** Begins a watch. @returns undefined while there is one */
export async function takeWatchLease(context: Context): Promise<WatchLease | undefined> {
  const { clock } = context;
  const holder = randomUUID();
  const change = (condition: string, changes: object, values: object = {}) =>
    update(context, condition, { holder, ...changes }, { ':mine': holder, ...values });
  const until = (leaseUntil: number) => ({ leaseUntil, idleSince: undefined, dormant: undefined });
  const now = clock.now();
  const free =
    'attribute_not_exists(holder) OR attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest OR holder = :mine';
  const values = { ':now': now, ':farthest': farthest(now, leaseTime) };
  if (!(await change(free, until(now + leaseTime), values))) return undefined;
  return {
    renew: () => change('holder = :mine', until(clock.now() + leaseTime)),
    handOver: () => change('holder = :mine', until(clock.now())),
    end: () => change('holder = :mine', { leaseUntil: undefined, idleSince: clock.now() }),
  };
}

/** State of the watch: `abandoned` when the last one ended although there was something to watch. */
export async function watchState(context: Context): Promise<'running' | 'abandoned' | 'none'> {
  const { leaseUntil } = await read(context);
  if (leaseUntil === undefined) return 'none';
  return isAhead(leaseUntil, context.clock.now(), leaseTime) ? 'running' : 'abandoned';
}

/**
 * Has a watch begin if there is none, for a connection that is in the table. If it does not begin, the lease counts as abandoned.
 *
 * @param start invokes the watch
 */
export async function watchConnection(context: Context, start: () => Promise<void>): Promise<void> {
  if ((await watchState(context)) === 'running') return;
  const now = context.clock.now();
  const changes = { holder: undefined, leaseUntil: now + startTime, idleSince: undefined, dormant: undefined };
  const values = { ':now': now, ':farthest': farthest(now, leaseTime) };
  const isNone = 'attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest';
  if (await update(context, isNone, changes, values)) await start();
}

/**
 * Whether events have to go into logs: somebody is connected, or may come back for what a log has. Otherwise the era ends: logs
 * of another era have a gap.
 */
export async function areLogsInUse(context: Context): Promise<boolean> {
  const { leaseUntil, idleSince = 0, dormant } = await read(context);
  if (leaseUntil !== undefined || idleSince > context.clock.now() - retention) return true;
  if (dormant) return false;
  const outcome = await updateItem(context.db, {
    TableName: context.tables.control,
    Key: watchKey,
    ConditionExpression: 'attribute_not_exists(leaseUntil) AND attribute_not_exists(dormant)',
    UpdateExpression: 'SET dormant = :yes ADD era :one',
    ExpressionAttributeValues: { ':yes': true, ':one': 1 },
  });
  return outcome === 'refused';
}

const read = async ({ db, tables }: Context): Promise<WatchRow> =>
  (await getItem<WatchRow>(db, tables.control, watchKey)) ?? {};

async function update({ db, tables }: Context, condition: string, changes: object, values: object): Promise<boolean> {
  const outcome = await updateItem(db, {
    TableName: tables.control,
    Key: watchKey,
    ConditionExpression: condition,
    ...updateExpression({ ...changes }, { ...values }),
  });
  return outcome === 'committed';
}
