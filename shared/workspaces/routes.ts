import { connect } from './routes/connect.ts';
import { listDeliveredFiles } from './routes/delivered-files.ts';
import { jobLog } from './routes/job-log.ts';
import { jobRoutes } from './routes/jobs.ts';
import { publicRoutes } from './routes/public.ts';
import { shareRoutes } from './routes/shares.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { userRoutes } from './routes/users.ts';
import { workspaceRoutes } from './routes/workspaces.ts';

/** The HTTP API of workspaces and jobs. */
export const allWorkspaceRoutes = [
  ...tokenRoutes,
  ...userRoutes,
  ...workspaceRoutes,
  ...jobRoutes,
  jobLog,
  connect,
  listDeliveredFiles,
  ...shareRoutes,
  ...publicRoutes,
];
