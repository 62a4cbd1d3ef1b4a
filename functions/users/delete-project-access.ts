import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { deleteProjectAccess } from '../../shared/users/delete-project-access.ts';

export const handler = messageFunction(messageContextFromEnvironment(), deleteProjectAccess());
