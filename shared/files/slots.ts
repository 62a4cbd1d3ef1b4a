import { batchGet, type Database } from '../platform/dynamodb.ts';
import { type Clock, farthest, isAhead } from '../platform/time.ts';
import { updateItem } from '../platform/transaction.ts';

/**
 * How long a transfer keeps its slot and its files without a sign of progress, in milliseconds. Shorter than a minute, so that
 * a deletion that has to wait for it is carried out at the next poll.
 */
export const leaseTime = 50_000;

/**
 * How long S3 is given to complete an upload, in milliseconds: it may take several minutes (CompleteMultipartUpload, Amazon S3
 * API reference).
 */
export const completionTime = 300_000;

/** The longest that a lease on a file or a slot is taken for, in milliseconds. A task has as long to begin. */
export const longestLease = completionTime;

/** How long S3 may still finish what it was asked for, in milliseconds, when nobody has heard its answer. */
export const unansweredTime = 3 * completionTime;

interface Slots {
  db: Database;
  clock: Clock;
  /** The table `control`. */
  table: string;
}

/** The condition that nobody has a lease on an item, and the values that it needs. */
export const isFree = '(attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest)';
export const freeValues = (now: number) => ({ ':now': now, ':farthest': farthest(now, longestLease) });

/** The names of the slots that nobody holds now, of so many that there are. They bound how many transfers run. */
export async function freeSlots({ db, clock, table }: Slots, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `transfer-slot#${index}`);
  const keys = names.map((name) => ({ name }));
  const items = await batchGet<{ name: string; leaseUntil?: number }>(db, clock, table, keys, ['name', 'leaseUntil']);
  const now = clock.now();
  const taken = new Set(
    items.filter(({ leaseUntil }) => isAhead(leaseUntil, now, longestLease)).map(({ name }) => name),
  );
  return names.filter((name) => !taken.has(name));
}

/**
 * Takes one of the slots that were free a moment ago.
 *
 * @param free their names; those tried are removed
 * @param holder who takes it; only the holder renews and releases it
 * @returns the slot's name, or nothing when others were faster with all of them
 */
export async function takeSlot(slots: Slots, free: string[], holder: string): Promise<string | undefined> {
  const { clock } = slots;
  for (let name = free.shift(); name !== undefined; name = free.shift()) {
    // Ours already, when the answer to the same request was lost and the SDK sends it again.
    const condition = `${isFree} OR holder = :holder`;
    const now = clock.now();
    if (await setLease(slots, name, holder, now + leaseTime, condition, freeValues(now))) return name;
  }
  return undefined;
}

/** Keeps a slot for another lease time, or another time in milliseconds. @returns whether it is the holder's still */
export async function renewSlot(slots: Slots, name: string, holder: string, time = leaseTime): Promise<boolean> {
  return setLease(slots, name, holder, slots.clock.now() + time, 'holder = :holder');
}

/** Frees a slot; does nothing when somebody else has it by now. */
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
