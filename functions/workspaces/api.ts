import { authenticator } from '../../shared/accounts/caller.ts';
import { http } from '../../shared/api/http.ts';
import { originSecretFromEnvironment } from '../../shared/api/origin-secret.ts';
import { workspacesDialect } from '../../shared/workspaces/dialect.ts';
import { workspacesFromEnvironment } from '../../shared/workspaces/environment.ts';
import { allWorkspaceRoutes } from '../../shared/workspaces/routes.ts';

const context = workspacesFromEnvironment();

export const handler = http(
  { ...context, authenticate: authenticator(context), readOriginSecret: originSecretFromEnvironment() },
  allWorkspaceRoutes,
  workspacesDialect,
);
