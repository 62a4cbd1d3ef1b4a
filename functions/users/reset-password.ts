import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';
import { credentialsFromEnvironment } from '../../shared/users/environment.ts';
import { resetPassword } from '../../shared/users/reset-password.ts';

export const handler = messageFunction(messageContextFromEnvironment(), resetPassword(credentialsFromEnvironment()));
