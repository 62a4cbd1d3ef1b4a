import { dataDeliveryReady } from '../../shared/files/effects/data-delivery-ready.ts';
import { deleteDataFile } from '../../shared/files/effects/delete-data-file.ts';
import { returnDataFile } from '../../shared/files/effects/return-data-file.ts';
import type { TransferContext } from '../../shared/files/transfer-context.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import { handleMessage } from '../../shared/messages/handle/handle.ts';
import type { MessageHandler } from '../../shared/messages/handle/handler.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';
import { removeEntries } from '../../shared/messages/mark.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import type { ProcessTables, WorkspaceTables } from '../../shared/platform/tables.ts';
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

/** Handler of the messages of one type. */
export interface Handler {
  handle(messageId: string, deadline: number): Promise<void>;
  /** As Lambda calls it. */
  lambda: ReturnType<typeof messageFunction>;
}

/** Handles one message as a function does in a batch. */
export const handlerOf =
  <Type extends MessageType>(context: MessageContext, effect: MessageHandler<Type>): Handler['handle'] =>
  async (messageId, deadline) =>
    removeEntries(context, await handleMessage(context, effect, messageId, deadline));

/** Handlers of the messages of each type, wired as in the functions. */
export function createHandlers(
  context: MessageContext,
  tables: ProcessTables & WorkspaceTables,
  transfers: TransferContext,
  readPasswordSecret: () => Promise<string>,
  jobs: RemovalContext['jobs'] = { stop: async () => {} },
): Record<MessageType, Handler> {
  const credentials = new OneTimePasswords('centre-1', passwordKeys(readPasswordSecret));
  const { bucket } = transfers;
  const processes = { table: tables.processes, attachments: bucket };
  const removal = { ...context, tables: { ...context.tables, ...tables }, workspacesBucket: bucket, jobs };
  const by = <Type extends MessageType>(effect: MessageHandler<Type>): Handler => ({
    handle: handlerOf(context, effect),
    lambda: messageFunction(context, effect),
  });
  return {
    CreateProject: by(createProject(bucket)),
    DeleteProject: by(deleteProject({ bucket, processes, workspaces: deletedWorkspaces(removal) })),
    CreateProjectAccess: by(createProjectAccess(credentials)),
    DeleteProjectAccess: by(deleteProjectAccess(revokedWork(removal))),
    DisableProjectAccess: by(disableProjectAccess(revokedWork(removal))),
    EnableProjectAccess: by(enableProjectAccess()),
    ResetPassword: by(resetPassword(credentials)),
    DataDeliveryReady: by(dataDeliveryReady(transfers)),
    DeleteDataFile: by(deleteDataFile(bucket)),
    ReturnDataFile: by(returnDataFile(transfers)),
  };
}
