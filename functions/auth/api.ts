import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { signInFromEnvironment } from '../../shared/accounts/environment.ts';
import { http } from '../../shared/api/http.ts';

export const handler = http(signInFromEnvironment(), authRoutes);
