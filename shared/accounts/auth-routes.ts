import type { AuthRoute } from './auth-routes/context.ts';
import { greet } from './auth-routes/greet.ts';
import { login } from './auth-routes/login.ts';
import { requestPublicKey } from './auth-routes/public-key.ts';
import { tokenRoutes } from './auth-routes/tokens.ts';

/** The routes of `/auth`. */
export const authRoutes: readonly AuthRoute[] = [greet, requestPublicKey, login, ...tokenRoutes];
