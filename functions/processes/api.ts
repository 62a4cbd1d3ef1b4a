import { authenticator } from '../../shared/accounts/caller.ts';
import { http } from '../../shared/api/http.ts';
import { originSecretFromEnvironment } from '../../shared/api/origin-secret.ts';
import { processesFromEnvironment } from '../../shared/processes/environment.ts';
import { allProcessRoutes } from '../../shared/processes/routes.ts';

const context = processesFromEnvironment();

export const handler = http(
  { ...context, authenticate: authenticator(context), readOriginSecret: originSecretFromEnvironment() },
  allProcessRoutes,
);
