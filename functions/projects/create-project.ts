import { filesFromEnvironment } from '../../shared/files/environment.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { createProject } from '../../shared/projects/create-project.ts';

const { READ_PROJECTS } = configuration(['READ_PROJECTS']);
const context = filesFromEnvironment(messageContextFromEnvironment());

export const handler = messageFunction(context, createProject(context.bucket, READ_PROJECTS));
