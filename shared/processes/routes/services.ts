import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { type ProcessRoute, route, visitor } from './context.ts';

const service = z.object({
  name: z.string(),
  identifier: z.int(),
  details: z.unknown().describe('JSON Schema of the details'),
});

const list = route({
  method: 'GET',
  path: '/processes/public/getServices',
  summary: 'Lists the services that processes may order',
  access: visitor,
  answers: {
    200: {
      description: 'The services, by their numbers',
      body: z.record(z.string(), service).meta({ examples: [{ 0: { name: 'NONE', identifier: 0, details: {} } }] }),
    },
  },
  async handler(_request, { services }) {
    const none = { name: 'NONE', identifier: 0, details: {} };
    const all = [...services.values()].map(({ number, name, details }) => {
      const { $schema: _, ...schema } = z.toJSONSchema(details, { io: 'input' });
      return [number, { name, identifier: number, details: schema }] as const;
    });
    return answer(200, { 0: none, ...Object.fromEntries(all) });
  },
});

export const serviceRoutes: readonly ProcessRoute[] = [list];
