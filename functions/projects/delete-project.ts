import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { deleteProject } from '../../shared/projects/delete-project.ts';

const env = configuration(['PROJECTS_TABLE', 'USERS_TABLE', 'FILES_TABLE', 'FILES_BUCKET']);
const context = messageContextFromEnvironment();
const tables = { projects: env.PROJECTS_TABLE, users: env.USERS_TABLE, files: env.FILES_TABLE };

export const handler = messageFunction(context, deleteProject(tables, { s3: context.s3, name: env.FILES_BUCKET }));
