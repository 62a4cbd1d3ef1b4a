import { authenticator } from '../../shared/accounts/caller.ts';
import { ownDialect } from '../../shared/api/dialect.ts';
import { http } from '../../shared/api/http.ts';
import { comparingFromEnvironment } from '../../shared/operate/environment.ts';
import { allOperateRoutes, compareRoutes } from '../../shared/operate/routes.ts';

const context = comparingFromEnvironment();

export const handler = http(
  { ...context, authenticate: authenticator(context) },
  compareRoutes,
  ownDialect,
  allOperateRoutes,
);
