import { dataDeliveryReady } from '../../shared/files/effects/data-delivery-ready.ts';
import { deleteDataFile } from '../../shared/files/effects/delete-data-file.ts';
import { returnDataFile } from '../../shared/files/effects/return-data-file.ts';
import type { Transfers } from '../../shared/files/transfer/context.ts';
import type { Bridge } from '../../shared/messages/context.ts';
import { handleMessage } from '../../shared/messages/handle/handle.ts';
import type { Effect } from '../../shared/messages/handle/handler.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import type { MessageType } from '../../shared/portal/messages.ts';
import { createProject } from '../../shared/projects/create-project.ts';
import { deleteProject } from '../../shared/projects/delete-project.ts';
import { createProjectAccess } from '../../shared/users/create-project-access.ts';
import { Credentials } from '../../shared/users/credentials.ts';
import { deleteProjectAccess } from '../../shared/users/delete-project-access.ts';
import { passwordKeys } from '../../shared/users/password-keys.ts';
import { resetPassword } from '../../shared/users/reset-password.ts';
import { disableProjectAccess, enableProjectAccess } from '../../shared/users/switch-project-access.ts';
import type { Tables } from './services.ts';

/** What is done with the messages of one type. */
export interface Handler {
  handle(messageId: string, deadline: number): Promise<void>;
  /** As Lambda calls it. */
  lambda: ReturnType<typeof messageFunction>;
}

/** What is done with the messages of each type, wired as the functions do it. */
export function createHandlers(
  bridge: Bridge,
  tables: Tables,
  filesBucket: string,
  transfers: Transfers,
  readPasswordSecret: () => Promise<string>,
): Record<MessageType, Handler> {
  const credentials = new Credentials('centre-1', passwordKeys(readPasswordSecret));
  const bucket = { s3: bridge.s3, name: filesBucket };
  const by = <Type extends MessageType>(effect: Effect<Type>): Handler => ({
    handle: (messageId, deadline) => handleMessage(bridge, effect, messageId, deadline),
    lambda: messageFunction(bridge, effect),
  });
  return {
    CreateProject: by(createProject(tables, bucket)),
    DeleteProject: by(deleteProject(tables, bucket)),
    CreateProjectAccess: by(createProjectAccess(tables, credentials)),
    DeleteProjectAccess: by(deleteProjectAccess(tables)),
    DisableProjectAccess: by(disableProjectAccess(tables)),
    EnableProjectAccess: by(enableProjectAccess(tables)),
    ResetPassword: by(resetPassword(tables, credentials)),
    DataDeliveryReady: by(dataDeliveryReady(tables, transfers)),
    DeleteDataFile: by(deleteDataFile(tables, bucket)),
    ReturnDataFile: by(returnDataFile(transfers)),
  };
}
