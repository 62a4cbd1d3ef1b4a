import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { credentialsFromEnvironment } from '../../shared/users/environment.ts';
import { resetPassword } from '../../shared/users/reset-password.ts';

const env = configuration(['USERS_TABLE']);

export const handler = messageFunction(
  messageContextFromEnvironment(),
  resetPassword({ users: env.USERS_TABLE }, credentialsFromEnvironment()),
);
