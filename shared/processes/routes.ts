import type { ProcessRoute } from './routes/context.ts';
import { historyRoutes } from './routes/history.ts';
import { laterRoutes } from './routes/later.ts';
import { processRoutes } from './routes/processes.ts';
import { projectRoutes } from './routes/projects.ts';

/** The routes of `/processes`. */
export const allProcessRoutes: readonly ProcessRoute[] = [
  ...projectRoutes,
  ...processRoutes,
  ...historyRoutes,
  ...laterRoutes,
];
