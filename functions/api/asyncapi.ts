import { http } from '../../shared/api/http.ts';
import document from '../../shared/live/asyncapi.json' with { type: 'json' };
import { asyncApiRoute } from '../../shared/live/asyncapi-route.ts';
import { createLog } from '../../shared/platform/logger.ts';
import { systemClock } from '../../shared/platform/time.ts';

const context = { clock: systemClock, log: createLog(), authenticate: async () => undefined, document };

export const handler = http(context, [asyncApiRoute]);
