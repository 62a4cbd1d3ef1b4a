import { authRoutes } from '../accounts/auth-routes.ts';
import { accountRoutes } from '../accounts/routes.ts';
import { asyncApiRoute } from '../live/asyncapi-route.ts';
import { allOperateRoutes } from '../operate/routes.ts';
import { allProcessRoutes } from '../processes/routes.ts';
import { allWorkspaceRoutes } from '../workspaces/routes.ts';
import { openApiRoute } from './openapi-route.ts';
import type { RouteDescription } from './route.ts';

/** All routes of the HTTP API, by subsystem. */
export const allRoutes: Readonly<Record<string, readonly RouteDescription[]>> = {
  accounts: accountRoutes,
  auth: authRoutes,
  processes: allProcessRoutes,
  uws: allWorkspaceRoutes,
  operate: allOperateRoutes,
  api: [openApiRoute, asyncApiRoute],
};
