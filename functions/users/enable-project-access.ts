import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { enableProjectAccess } from '../../shared/users/switch-project-access.ts';

export const handler = messageFunction(messageContextFromEnvironment(), enableProjectAccess());
