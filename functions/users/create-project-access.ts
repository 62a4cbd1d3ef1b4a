import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { createProjectAccess } from '../../shared/users/create-project-access.ts';
import { credentialsFromEnvironment } from '../../shared/users/environment.ts';

const env = configuration(['PROJECTS_TABLE', 'USERS_TABLE']);
const tables = { projects: env.PROJECTS_TABLE, users: env.USERS_TABLE };

export const handler = messageFunction(
  messageContextFromEnvironment(),
  createProjectAccess(tables, credentialsFromEnvironment()),
);
