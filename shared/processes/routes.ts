import type { ProcessRoute } from './routes/context.ts';
import { contractorRoutes } from './routes/contractors.ts';
import { eventRoutes } from './routes/events.ts';
import { fileRoutes } from './routes/files.ts';
import { historyRoutes } from './routes/history.ts';
import { laterRoutes } from './routes/later-clients.ts';
import { processRoutes } from './routes/processes.ts';
import { projectRoutes } from './routes/projects.ts';
import { serviceRoutes } from './routes/services.ts';

/** The routes of `/processes`. */
export const allProcessRoutes: readonly ProcessRoute[] = [
  ...projectRoutes,
  ...processRoutes,
  ...historyRoutes,
  ...fileRoutes,
  ...contractorRoutes,
  ...serviceRoutes,
  ...eventRoutes,
  ...laterRoutes,
];
