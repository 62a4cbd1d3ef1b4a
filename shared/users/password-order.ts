import { newestEvent } from '../history/history.ts';
import type { MessageContext } from '../messages/context.ts';
import { readMessage } from '../messages/dispatch.ts';
import { type HandlerContext, type Plan, waitForLease, waitForPerson } from '../messages/handle/handler.ts';
import { readUser, type UserRow } from './user.ts';

/**
 * A new password waits until the portal has been told of the one before: else the older one might get there last. Within a line
 * it does so anyway; what was listed before its access was created has a line of its own.
 */
export async function waitsForFormer(context: MessageContext, user: UserRow): Promise<Plan | undefined> {
  const former = await readMessage(context, user.passwordMessageId);
  const isOwed = former?.state === 'applied' || (former?.state === 'held' && former.heldFrom === 'applied');
  return isOwed ? waitForPerson(context) : undefined;
}

/**
 * The first password of an access that is made anew waits until nobody can be telling the portal one of the access before: its
 * deletion did not wait for that.
 *
 * @param subject of the access
 */
export async function waitsForLast(context: MessageContext, subject: string): Promise<Plan | undefined> {
  const { db, clock, tables } = context;
  const given = await Promise.all(
    (['created', 'password reset'] as const).map((event) => newestEvent(db, tables.history, subject, event)),
  );
  const messages = await Promise.all(
    given.map((event) => (event?.messageId === undefined ? undefined : readMessage(context, event.messageId))),
  );
  const leaseUntil = Math.max(...messages.map((message) => message?.leaseUntil ?? 0));
  return leaseUntil > clock.now() ? waitForLease(context, leaseUntil) : undefined;
}

/** The access of which a message's password is the current one; nothing when the access was deleted since, perhaps made anew. */
export async function currentUser({
  context,
  record,
  data,
}: HandlerContext<'CreateProjectAccess'> | HandlerContext<'ResetPassword'>): Promise<UserRow | undefined> {
  const user = await readUser(context, data.accessIdentifier);
  if (user?.passwordMessageId === record.messageId) return user;
  context.log.info('password not sent: its access is gone', { messageId: record.messageId, messageType: record.type });
  return undefined;
}
