import { authRoutes } from '../../shared/accounts/auth-routes.ts';
import { http } from '../../shared/api/http.ts';
import { createLog } from '../../shared/platform/logger.ts';
import { systemClock } from '../../shared/platform/time.ts';

const context = { clock: systemClock, log: createLog(), authenticate: async () => undefined };

export const handler = http(context, authRoutes);
