import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { disableProjectAccess } from '../../shared/users/switch-project-access.ts';

const env = configuration(['USERS_TABLE']);

export const handler = messageFunction(
  messageContextFromEnvironment(),
  disableProjectAccess({ users: env.USERS_TABLE }),
);
