import { authenticator } from '../../shared/accounts/caller.ts';
import { ownDialect } from '../../shared/api/dialect.ts';
import { http } from '../../shared/api/http.ts';
import { operateFromEnvironment } from '../../shared/operate/environment.ts';
import { allOperateRoutes, readRoutes } from '../../shared/operate/routes.ts';

const context = operateFromEnvironment();

export const handler = http(
  { ...context, authenticate: authenticator(context) },
  readRoutes,
  ownDialect,
  allOperateRoutes,
);
