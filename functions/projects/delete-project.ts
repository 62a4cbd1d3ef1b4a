import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { deleteProject } from '../../shared/projects/delete-project.ts';

const env = configuration(['PROJECTS_TABLE', 'USERS_TABLE', 'FILES_TABLE', 'FILES_BUCKET']);
const bridge = bridgeFromEnvironment();
const tables = { projects: env.PROJECTS_TABLE, users: env.USERS_TABLE, files: env.FILES_TABLE };

export const handler = messageFunction(bridge, deleteProject(tables, { s3: bridge.s3, name: env.FILES_BUCKET }));
