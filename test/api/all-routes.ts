import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { accountRoutes } from '../../shared/accounts/routes.ts';
import { openApiRoute } from '../../shared/api/openapi-route.ts';
import type { RouteDescription } from '../../shared/api/route.ts';
import { asyncApiRoute } from '../../shared/live/asyncapi-route.ts';
import { allOperateRoutes } from '../../shared/operate/routes.ts';
import { allProcessRoutes } from '../../shared/processes/routes.ts';
import { allWorkspaceRoutes } from '../../shared/workspaces/routes.ts';

/** All routes of the HTTP API, by subsystem. */
export const allRoutes: Readonly<Record<string, readonly RouteDescription[]>> = {
  accounts: accountRoutes,
  auth: authRoutes,
  processes: allProcessRoutes,
  uws: allWorkspaceRoutes,
  operate: allOperateRoutes,
  api: [openApiRoute, asyncApiRoute],
};
