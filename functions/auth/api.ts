import { authFromEnvironment } from '../../shared/accounts/auth-environment.ts';
import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { http } from '../../shared/api/http.ts';

export const handler = http(authFromEnvironment(), authRoutes);
