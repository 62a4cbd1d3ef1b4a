import { accountsFromEnvironment } from '../../shared/accounts/environment.ts';
import { accountRoutes } from '../../shared/accounts/routes.ts';
import { http } from '../../shared/api/http.ts';

export const handler = http(accountsFromEnvironment(), accountRoutes);
