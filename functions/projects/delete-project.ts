import { filesFromEnvironment } from '../../shared/files/environment.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { deleteProject } from '../../shared/projects/delete-project.ts';

const context = filesFromEnvironment(messageContextFromEnvironment());

export const handler = messageFunction(context, deleteProject(context.bucket));
