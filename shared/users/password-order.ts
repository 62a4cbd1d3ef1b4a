import { newestEvent } from '../history/history.ts';
import type { MessageContext } from '../messages/context.ts';
import { type HandlerContext, type MessagePlan, waitForLease, waitForPerson } from '../messages/handle/handler.ts';
import { readMessage } from '../messages/read.ts';
import { readUser, type UserRow } from './user.ts';

/**
 * Wait until the previous password has been delivered, or it might arrive last. Messages of one line are ordered anyway; a
 * message listed before its access existed is in a line of its own.
 */
export async function waitsForFormer(context: MessageContext, user: UserRow): Promise<MessagePlan | undefined> {
  const former = await readMessage(context, user.passwordMessageId);
  const isOwed = former?.state === 'applied' || (former?.state === 'held' && former.heldFrom === 'applied');
  return isOwed ? waitForPerson(context) : undefined;
}

/**
 * The first password of an access that is created anew waits until no handler can still send the portal a password of the
 * deleted access: the deletion did not wait for that.
 *
 * @param subject of the access
 */
export async function waitsForLast(context: MessageContext, subject: string): Promise<MessagePlan | undefined> {
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

/**
 * The access whose current password is that of the message; undefined if the access was deleted since, and perhaps created
 * anew.
 */
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
