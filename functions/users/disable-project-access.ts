import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';
import { disableProjectAccess } from '../../shared/users/switch-project-access.ts';
import { removalFromEnvironment } from '../../shared/workspaces/dst/environment.ts';
import { revokedWork } from '../../shared/workspaces/dst/revocations.ts';

const work = revokedWork(removalFromEnvironment());

export const handler = messageFunction(messageContextFromEnvironment(), disableProjectAccess(work));
