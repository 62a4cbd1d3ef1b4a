import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { createProject } from '../../shared/projects/create-project.ts';

const env = configuration(['PROJECTS_TABLE', 'FILES_BUCKET', 'READ_PROJECTS']);
const context = messageContextFromEnvironment();
const bucket = { s3: context.s3, name: env.FILES_BUCKET };

export const handler = messageFunction(
  context,
  createProject({ projects: env.PROJECTS_TABLE }, bucket, env.READ_PROJECTS),
);
