import { createHash } from 'node:crypto';
import { dataDeliveryReady } from '../../shared/files/effects/data-delivery-ready.ts';
import { deleteDataFile } from '../../shared/files/effects/delete-data-file.ts';
import { returnDataFile } from '../../shared/files/effects/return-data-file.ts';
import { notificationFunction } from '../../shared/files/outbox/notifications.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import type { TransferContext } from '../../shared/files/transfer-context.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import type { MessageHandler } from '../../shared/messages/handle/handler.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import type { MessageType } from '../../shared/portal/message-schema.ts';
import { createProject } from '../../shared/projects/create-project.ts';
import { deleteProject } from '../../shared/projects/delete-project.ts';
import { createProjectAccess } from '../../shared/users/create-project-access.ts';
import { deleteProjectAccess } from '../../shared/users/delete-project-access.ts';
import { OneTimePasswords } from '../../shared/users/one-time-passwords.ts';
import { resetPassword } from '../../shared/users/reset-password.ts';
import { disableProjectAccess, enableProjectAccess } from '../../shared/users/switch-project-access.ts';
import type { RemovalContext } from '../../shared/workspaces/context.ts';
import { deletedWorkspaces, revokedWork } from '../../shared/workspaces/dst/revocations.ts';
import { attachmentsBucket, tables } from './simulated-services.ts';

export const centre = 'centre-1';

/** Nobody may find these, or what is made with them, anywhere. */
export const passwordSecrets: Record<string, string> = {
  '1': 'canary-password-secret-1-0123456789abcdef',
  '2': 'canary-password-secret-2-0123456789abcdef',
};

/** Substitute for a password's hash: scrypt would take most of a run's time. */
export const hashOf = (password: string): string => createHash('sha256').update(password).digest('base64url');

export const outboxQueue = 'outbox';

/** @param passwordKey which secret new passwords are made with */
export function credentialsWith(passwordKey: string): OneTimePasswords {
  const keys = passwordKeys(async () => JSON.stringify({ current: passwordKey, ...passwordSecrets }));
  return new OneTimePasswords(centre, keys, async (password) => hashOf(password));
}

/**
 * Handler of each queue, wired as in functions/.
 *
 * @param passwordKey which secret new passwords are made with
 */
export function functionFor(
  type: string,
  context: MessageContext,
  { transfers, removal }: { transfers: TransferContext; removal: RemovalContext },
  passwordKey: string,
) {
  const credentials = credentialsWith(passwordKey);
  const by = <Type extends MessageType>(effect: MessageHandler<Type>) => messageFunction(context, effect);
  const { bucket } = transfers;
  if (type === outboxQueue) return notificationFunction(transfers, () => startTransfers(transfers));
  switch (type) {
    case 'CreateProject':
      return by(createProject(bucket));
    case 'DeleteProject':
      return by(
        deleteProject({
          bucket,
          processes: { table: tables.processes, attachments: { ...bucket, name: attachmentsBucket } },
          workspaces: deletedWorkspaces(removal),
        }),
      );
    case 'CreateProjectAccess':
      return by(createProjectAccess(credentials));
    case 'DeleteProjectAccess':
      return by(deleteProjectAccess(revokedWork(removal)));
    case 'DisableProjectAccess':
      return by(disableProjectAccess(revokedWork(removal)));
    case 'EnableProjectAccess':
      return by(enableProjectAccess());
    case 'ResetPassword':
      return by(resetPassword(credentials));
    case 'DataDeliveryReady':
      return by(dataDeliveryReady(transfers));
    case 'DeleteDataFile':
      return by(deleteDataFile(bucket));
    case 'ReturnDataFile':
      return by(returnDataFile(transfers));
    default:
      throw new Error(`There is no function for ${type}`);
  }
}
