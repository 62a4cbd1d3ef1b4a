import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { createProject } from '../../shared/projects/create-project.ts';

const env = configuration(['PROJECTS_TABLE']);

export const handler = messageFunction(bridgeFromEnvironment(), createProject({ projects: env.PROJECTS_TABLE }));
