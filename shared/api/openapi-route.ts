import * as z from 'zod';
import { anyone } from './access.ts';
import { answer } from './answer.ts';
import { routesOf } from './route.ts';

/** Serves the kept description. It is generated when the code is tested, so no function needs all routes at once. */
export const openApiRoute = routesOf<{ document: { openapi: string } }>()({
  method: 'GET',
  path: '/openapi.json',
  summary: 'This document',
  access: anyone,
  answers: { 200: { description: 'An OpenAPI 3.1 document', body: z.looseObject({ openapi: z.string() }) } },
  handler: async (_request, { document }) => answer(200, document),
});
