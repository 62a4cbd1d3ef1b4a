import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { createProject } from '../../shared/projects/create-project.ts';

const env = configuration(['PROJECTS_TABLE', 'FILES_BUCKET', 'READ_PROJECTS']);
const bridge = bridgeFromEnvironment();
const bucket = { s3: bridge.s3, name: env.FILES_BUCKET };

export const handler = messageFunction(
  bridge,
  createProject({ projects: env.PROJECTS_TABLE }, bucket, env.READ_PROJECTS),
);
