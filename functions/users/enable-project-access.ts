import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';
import { enableProjectAccess } from '../../shared/users/switch-project-access.ts';

export const handler = messageFunction(messageContextFromEnvironment(), enableProjectAccess());
