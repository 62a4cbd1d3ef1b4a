import * as z from 'zod';
import { signedIn } from '../api/access.ts';
import { answer } from '../api/answer.ts';
import { type Route, routesOf } from '../api/route.ts';

const route = routesOf<object>();

const readSession = route({
  method: 'GET',
  path: '/accounts/session',
  summary: 'The account that the token belongs to',
  access: signedIn,
  beforePasswordChange: true,
  answers: {
    200: {
      description: 'The account',
      body: z
        .object({ username: z.string(), permissions: z.array(z.string()), changePassword: z.boolean() })
        .meta({ examples: [{ username: 'bob', permissions: ['operator'], changePassword: false }] }),
    },
  },
  handler: async ({ caller }) =>
    answer(200, {
      username: caller.name,
      permissions: [...caller.permissions],
      changePassword: caller.mustChangePassword,
    }),
});

/** The routes of `/accounts`. */
export const accountRoutes: readonly Route<object>[] = [readSession];
