import { type MessageHandler, type MessagePlan, missing, untilDeadline } from '../messages/handle/handler.ts';
import { accessSubject } from '../messages/subject.ts';
import { accessPasswordReset } from './access-account.ts';
import type { OneTimePasswords } from './one-time-passwords.ts';
import { currentUser, waitsForFormer } from './password-order.ts';
import { readUser, userUpdate } from './user.ts';

/** ResetPassword: creates a new one-time password and sends it to the portal. */
export function resetPassword(credentials: OneTimePasswords): MessageHandler<'ResetPassword'> {
  return {
    type: 'ResetPassword',

    async plan(handling): Promise<MessagePlan> {
      const { context, record } = handling;
      const { accessIdentifier } = handling.data;
      const user = await readUser(context, accessIdentifier);
      if (!user) return missing(`access ${accessIdentifier}`, accessSubject(accessIdentifier));
      const wait = await waitsForFormer(context, user);
      if (wait) return wait;
      const { passwordHash, passwordKeyId } = await credentials.make(handling);
      const changes = { passwordHash, passwordMessageId: record.messageId, passwordTaken: false };
      return {
        kind: 'commit',
        state: 'applied',
        message: { passwordKeyId },
        writes: [userUpdate(context, user, changes), accessPasswordReset(context, user, passwordHash)],
        history: [
          {
            subject: accessSubject(accessIdentifier),
            sequence: user.version + 1,
            event: 'password reset',
            projectNo: user.projectNo,
          },
        ],
      };
    },

    async deliverCredentials(handling) {
      const user = await currentUser(handling);
      if (!user) return false;
      const password = await credentials.again(handling);
      await handling.context.portal.resetPassword(
        user.portalId ?? user.accessIdentifier,
        password,
        untilDeadline(handling),
      );
      return true;
    },
  };
}
