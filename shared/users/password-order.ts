import type { Bridge } from '../messages/bridge.ts';
import { readMessage } from '../messages/dispatch.ts';
import { type Plan, type Turn, waitForPerson } from '../messages/effect.ts';
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

/** Whether a message's password is its access's still: not when the access was deleted since, perhaps made anew. */
export async function isCurrent(
  { bridge, record, data }: Turn<'CreateProjectAccess'> | Turn<'ResetPassword'>,
  table: string,
): Promise<boolean> {
  const user = await readUser(bridge.db, table, data.accessIdentifier);
  if (user?.passwordMessageId === record.messageId) return true;
  bridge.log.info('password not sent: its access is gone', { messageId: record.messageId, messageType: record.type });
  return false;
}
