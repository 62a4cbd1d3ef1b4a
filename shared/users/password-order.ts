import { newestEvent } from '../history/history.ts';
import type { Bridge } from '../messages/context.ts';
import { readMessage } from '../messages/dispatch.ts';
import { type Plan, type Turn, waitForLease, waitForPerson } from '../messages/handle/handler.ts';
import { readUser, type UserRow } from './user.ts';

/**
 * A new password waits until the portal has been told of the one before: else the older one might get there last. Within a line
 * it does so anyway; what was listed before its access was created has a line of its own.
 */
export async function waitsForFormer(bridge: Bridge, user: UserRow): Promise<Plan | undefined> {
  const former = await readMessage(bridge, user.passwordMessageId);
  const isOwed = former?.state === 'applied' || (former?.state === 'held' && former.heldFrom === 'applied');
  return isOwed ? waitForPerson(bridge) : undefined;
}

/**
 * The first password of an access that is made anew waits until nobody can be telling the portal one of the access before: its
 * deletion did not wait for that.
 *
 * @param subject of the access
 */
export async function waitsForLast(bridge: Bridge, subject: string): Promise<Plan | undefined> {
  const { db, clock, tables } = bridge;
  const given = await Promise.all(
    (['created', 'password reset'] as const).map((event) => newestEvent(db, tables.history, subject, event)),
  );
  const messages = await Promise.all(
    given.map((event) => (event?.messageId === undefined ? undefined : readMessage(bridge, event.messageId))),
  );
  const leaseUntil = Math.max(...messages.map((message) => message?.leaseUntil ?? 0));
  return leaseUntil > clock.now() ? waitForLease(bridge, leaseUntil) : undefined;
}

/** The access of which a message's password is the current one; nothing when the access was deleted since, perhaps made anew. */
export async function currentUser(
  { bridge, record, data }: Turn<'CreateProjectAccess'> | Turn<'ResetPassword'>,
  table: string,
): Promise<UserRow | undefined> {
  const user = await readUser(bridge.db, table, data.accessIdentifier);
  if (user?.passwordMessageId === record.messageId) return user;
  bridge.log.info('password not sent: its access is gone', { messageId: record.messageId, messageType: record.type });
  return undefined;
}
