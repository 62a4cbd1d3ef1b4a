import * as z from 'zod';
import { anyone } from '../api/access.ts';
import { answer } from '../api/answer.ts';
import { routesOf } from '../api/route.ts';

/** Serves the kept description, which is generated when the code is tested. */
export const asyncApiRoute = routesOf<{ document: { asyncapi: string } }>()({
  method: 'GET',
  path: '/asyncapi.json',
  summary: 'The description of the WebSocket API',
  access: anyone,
  answers: { 200: { description: 'An AsyncAPI 3.0 document', body: z.looseObject({ asyncapi: z.string() }) } },
  handler: async (_request, { document }) => answer(200, document),
});
