import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { accountsFromEnvironment } from '../../shared/accounts/environment.ts';
import { http } from '../../shared/api/http.ts';

export const handler = http(accountsFromEnvironment(), authRoutes);
