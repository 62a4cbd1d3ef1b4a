import { batchGet, type Database, eventually } from '../platform/dynamodb.ts';
import { type Clock, farthest, isAhead } from '../platform/time.ts';
import { updateItem } from '../platform/transaction.ts';
import { leaseTime, longestFileLease } from './lease-times.ts';

interface Slots {
  db: Database;
  clock: Clock;
  /** The table `control`. */
  table: string;
}

/** Condition: an item has no valid lease. With the values that the condition needs. */
export const isFree = '(attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest)';
export const freeValues = (now: number) => ({ ':now': now, ':farthest': farthest(now, longestFileLease) });

/** Names of the free slots out of `count`. The slots limit the number of concurrent transfers. */
export async function freeSlots({ db, clock, table }: Slots, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `transfer-slot#${index}`);
  const keys = names.map((name) => ({ name }));
  const items = await batchGet<{ name: string; leaseUntil?: number }>(
    db,
    clock,
    table,
    keys,
    ['name', 'leaseUntil'],
    eventually,
  );
  const now = clock.now();
  const taken = new Set(
    items.filter(({ leaseUntil }) => isAhead(leaseUntil, now, longestFileLease)).map(({ name }) => name),
  );
  return names.filter((name) => !taken.has(name));
}

/**
 * Takes one of the slots that were free when read.
 *
 * @param free their names; tried slots are removed
 * @param holder id of the taker; only the holder can renew and release the slot
 * @returns the slot's name, or undefined if others took all of them first
 */
export async function takeSlot(slots: Slots, free: string[], holder: string): Promise<string | undefined> {
  const { clock } = slots;
  for (let name = free.shift(); name !== undefined; name = free.shift()) {
    // True also if the SDK repeats our own request because its answer was lost.
    const condition = `${isFree} OR holder = :holder`;
    const now = clock.now();
    if (await setLease(slots, name, holder, now + leaseTime, condition, freeValues(now))) return name;
  }
  return undefined;
}

/** Renews a slot for another lease time, or another time in milliseconds. @returns whether the holder still has the slot */
export async function renewSlot(slots: Slots, name: string, holder: string, time = leaseTime): Promise<boolean> {
  return setLease(slots, name, holder, slots.clock.now() + time, 'holder = :holder');
}

/** Releases a slot. Does nothing if another holder has it. */
export async function releaseSlot(slots: Slots, name: string, holder: string): Promise<void> {
  await setLease(slots, name, holder, 0, 'holder = :holder');
}

async function setLease(
  { db, table }: Slots,
  name: string,
  holder: string,
  leaseUntil: number,
  condition: string,
  values: Record<string, unknown> = {},
): Promise<boolean> {
  const outcome = await updateItem(db, {
    TableName: table,
    Key: { name },
    UpdateExpression: 'SET holder = :holder, leaseUntil = :leaseUntil',
    ConditionExpression: condition,
    ExpressionAttributeValues: { ':holder': holder, ':leaseUntil': leaseUntil, ...values },
  });
  return outcome === 'committed';
}
