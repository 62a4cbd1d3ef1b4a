import { batchGet, type Database, eventually } from '../platform/dynamodb.ts';
import { type Clock, farthest, isAhead } from '../platform/time.ts';
import { updateItem } from '../platform/transaction.ts';

/**
 * Lease of a transfer on its slot and its files without progress, in milliseconds. Shorter than a minute, so that a deletion
 * that waits for the lease continues at the next poll.
 */
export const leaseTime = 50_000;

/**
 * Time limit for S3 to complete an upload, in milliseconds: this may take several minutes (CompleteMultipartUpload, Amazon S3
 * API reference).
 */
export const completionTime = 300_000;

/** Longest lease on a file or a slot, in milliseconds. A task has as long to start. */
export const longestLease = completionTime;

/** Time for which S3 may still execute a request without an answer, in milliseconds. */
export const unansweredTime = 3 * completionTime;

interface Slots {
  db: Database;
  clock: Clock;
  /** The table `control`. */
  table: string;
}

/** Condition: an item has no valid lease. With the values that the condition needs. */
export const isFree = '(attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest)';
export const freeValues = (now: number) => ({ ':now': now, ':farthest': farthest(now, longestLease) });

/**
 * Takes slots, which limit the number of concurrent transfers. The first is tried at random: looking for free ones would read
 * them all.
 *
 * @param count of all slots
 * @param holder id of the taker; only the holder can renew and release a slot
 * @returns a function that takes one more slot; undefined if there is none or if others took it first
 */
export function takingSlots(slots: Slots, count: number, holder: string): () => Promise<string | undefined> {
  const names = Array.from({ length: count }, (_, index) => `transfer-slot#${index}`);
  const first = names.splice(Math.floor(slots.clock.random() * count), 1);
  let others: string[] | undefined;
  return async () => {
    const slot = await takeOneOf(slots, first, holder);
    if (slot !== undefined) return slot;
    others ??= await freeSlots(slots, names);
    return takeOneOf(slots, others, holder);
  };
}

async function freeSlots({ db, clock, table }: Slots, names: readonly string[]): Promise<string[]> {
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
    items.filter(({ leaseUntil }) => isAhead(leaseUntil, now, longestLease)).map(({ name }) => name),
  );
  return names.filter((name) => !taken.has(name));
}

/** @param names of slots that may be free; tried ones are removed */
async function takeOneOf(slots: Slots, names: string[], holder: string): Promise<string | undefined> {
  const { clock } = slots;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
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
