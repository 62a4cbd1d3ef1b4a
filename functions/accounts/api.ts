import { accountsFromEnvironment } from '../../shared/accounts/environment.ts';
import { accountRoutes } from '../../shared/accounts/routes.ts';
import { http } from '../../shared/api/http.ts';
import { originSecretFromEnvironment } from '../../shared/api/origin-secret.ts';
import { processTablesFromEnvironment } from '../../shared/platform/tables.ts';
import { saveProjectsAtSignIn } from '../../shared/processes/drafts/adopt-at-sign-in.ts';

const context = accountsFromEnvironment();
const tables = { ...context.tables, ...processTablesFromEnvironment() };

export const handler = http(
  {
    ...context,
    onSignIn: saveProjectsAtSignIn({ ...context, tables }),
    readOriginSecret: originSecretFromEnvironment(),
  },
  accountRoutes,
);
