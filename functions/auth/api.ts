import { authFromEnvironment } from '../../shared/accounts/auth-environment.ts';
import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { http } from '../../shared/api/http.ts';
import { originSecretFromEnvironment } from '../../shared/api/origin-secret.ts';

export const handler = http({ ...authFromEnvironment(), readOriginSecret: originSecretFromEnvironment() }, authRoutes);
