import { adminUserRoutes } from './routes/admin-users.ts';
import type { AccountsRoute } from './routes/context.ts';
import { factorRoutes } from './routes/factors.ts';
import { organizationRoutes } from './routes/organizations.ts';
import { passkeyRoutes } from './routes/passkeys.ts';
import { passwordRoutes } from './routes/password.ts';
import { permissionListRoutes } from './routes/permission-list.ts';
import { permissionRoutes } from './routes/permissions.ts';
import { secondFactorRoutes } from './routes/second-factor.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { userRoutes } from './routes/users.ts';

/** The routes of `/accounts`. Of those that match a path the first has it. */
export const accountRoutes: readonly AccountsRoute[] = [
  ...signInRoutes,
  ...secondFactorRoutes,
  ...passwordRoutes,
  ...passkeyRoutes,
  ...factorRoutes,
  ...userRoutes,
  ...adminUserRoutes,
  ...organizationRoutes,
  ...permissionListRoutes,
  ...permissionRoutes,
];
