import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';
import { createProjectAccess } from '../../shared/users/create-project-access.ts';
import { credentialsFromEnvironment } from '../../shared/users/environment.ts';

export const handler = messageFunction(
  messageContextFromEnvironment(),
  createProjectAccess(credentialsFromEnvironment()),
);
