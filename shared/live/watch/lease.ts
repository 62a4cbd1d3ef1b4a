import { randomUUID } from 'node:crypto';
import { getItem, updateExpression } from '../../platform/dynamodb.ts';
import { farthest, isAhead } from '../../platform/time.ts';
import { updateItem } from '../../platform/transaction.ts';
import type { LiveContext } from '../context.ts';

/** Milliseconds after which another watch may begin where one has died. */
const leaseTime = 10_000;

const key = { name: 'live-watch' };

/** Right to be the only watch. */
export interface WatchLease {
  /** Prolongs it. @returns false when another watch has begun */
  renew(): Promise<boolean>;
  /** Ends it for another watch that begins. Where none does, the lease counts as abandoned. */
  handOver(): Promise<void>;
  /** Ends it, because there is nothing to watch. */
  end(): Promise<void>;
}

/** Begins a watch. @returns undefined while there is one */
export async function takeWatchLease({ db, clock, tables }: LiveContext): Promise<WatchLease | undefined> {
  const holder = randomUUID();
  const update = async (condition: string, leaseUntil: number | undefined, values: object = {}) => {
    const change = updateExpression({ holder, leaseUntil }, { ':mine': holder, ...values });
    const outcome = await updateItem(db, {
      TableName: tables.control,
      Key: key,
      ConditionExpression: condition,
      ...change,
    });
    return outcome === 'committed';
  };
  const now = clock.now();
  const free = 'attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest OR holder = :mine';
  const values = { ':now': now, ':farthest': farthest(now, leaseTime) };
  if (!(await update(free, now + leaseTime, values))) return undefined;
  return {
    renew: () => update('holder = :mine', clock.now() + leaseTime),
    async handOver() {
      await update('holder = :mine', clock.now());
    },
    async end() {
      await update('holder = :mine', undefined);
    },
  };
}

/** State of the watch: `abandoned` when the last one ended although there was something to watch. */
export async function watchState({ db, clock, tables }: LiveContext): Promise<'running' | 'abandoned' | 'none'> {
  const lease = await getItem<{ leaseUntil?: number }>(db, tables.control, key);
  if (lease?.leaseUntil === undefined) return 'none';
  return isAhead(lease.leaseUntil, clock.now(), leaseTime) ? 'running' : 'abandoned';
}
