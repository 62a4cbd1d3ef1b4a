import * as z from 'zod';
import { anyone } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { route } from './context.ts';

export const greet = route({
  method: 'GET',
  path: '/auth',
  summary: 'Shows that the service is reachable',
  access: anyone,
  answers: {
    200: { description: 'The service is reachable', body: z.object({ Hello: z.literal('World') }) },
  },
  handler: async () => answer(200, { Hello: 'World' }),
});
