import { filesFromEnvironment } from '../../shared/files/environment.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { processTablesFromEnvironment } from '../../shared/platform/tables.ts';
import { deleteProject } from '../../shared/projects/delete-project.ts';
import { removalFromEnvironment } from '../../shared/workspaces/dst/environment.ts';
import { deletedWorkspaces } from '../../shared/workspaces/dst/revocations.ts';

const context = filesFromEnvironment(messageContextFromEnvironment());
const { bucket } = context;
const attachments = { s3: bucket.s3, name: configuration(['ATTACHMENTS_BUCKET']).ATTACHMENTS_BUCKET };
const workspaces = deletedWorkspaces(removalFromEnvironment());
const processes = { table: processTablesFromEnvironment().processes, attachments };

export const handler = messageFunction(context, deleteProject({ bucket, processes, workspaces }));
