import { authenticator } from '../../shared/accounts/caller.ts';
import { ownDialect } from '../../shared/api/dialect.ts';
import { http } from '../../shared/api/http.ts';
import { decidingFromEnvironment } from '../../shared/operate/environment.ts';
import { allOperateRoutes, decideRoutes } from '../../shared/operate/routes.ts';

const context = decidingFromEnvironment();

export const handler = http(
  { ...context, authenticate: authenticator(context) },
  decideRoutes,
  ownDialect,
  allOperateRoutes,
);
