import { comparisons } from './routes/compare.ts';
import { gatewayDecisions } from './routes/decide-gateway.ts';
import { incidentDecisions } from './routes/decide-incident.ts';
import { messageDecisions } from './routes/decide-message.ts';
import { fileRoutes } from './routes/files.ts';
import { historyRoutes } from './routes/history.ts';
import { incidentRoutes } from './routes/incidents.ts';
import { lineRoutes } from './routes/lines.ts';
import { messageRoutes } from './routes/messages.ts';
import { projectRoutes } from './routes/projects.ts';
import { readStatus } from './routes/status.ts';

/** Routes of operators that only read. */
export const readRoutes = [
  readStatus,
  ...messageRoutes,
  ...lineRoutes,
  ...fileRoutes,
  ...projectRoutes,
  ...incidentRoutes,
  ...historyRoutes,
];

/** Routes of operators that decide. */
export const decideRoutes = [...incidentDecisions, ...messageDecisions, ...gatewayDecisions];

/** Routes of operators that compare with the portal and S3, or call the portal. */
export const compareRoutes = comparisons;

/** The HTTP API of operators. */
export const allOperateRoutes = [...readRoutes, ...decideRoutes, ...compareRoutes];
