import { http } from '../../shared/api/http.ts';
import document from '../../shared/api/openapi.json' with { type: 'json' };
import { openApiRoute } from '../../shared/api/openapi-route.ts';
import { createLog } from '../../shared/platform/logger.ts';
import { systemClock } from '../../shared/platform/time.ts';

const context = { clock: systemClock, log: createLog(), authenticate: async () => undefined, document };

export const handler = http(context, [openApiRoute]);
