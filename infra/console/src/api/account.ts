import * as z from 'zod';
import { pathOf } from './call.ts';
import { useResource } from './use-resource.ts';

const sessions = z.object({
  sessions: z.array(
    z.object({
      createdAt: z.string(),
      exp: z.string(),
      address: z.string(),
      userAgent: z.string(),
      current: z.boolean(),
    }),
  ),
});

/** Where an account is signed in. */
export const useSessions = (userName: string) =>
  useResource({
    path: pathOf`/accounts/user/${userName}/sessions`,
    schema: sessions,
    live: [`account#${userName}`],
  });

const factors = z.object({
  totp: z.object({ createdAt: z.string() }).optional(),
  passkeys: z.array(
    z.object({ id: z.string(), name: z.string(), createdAt: z.string(), usedAt: z.string().optional() }),
  ),
  recoveryCodes: z.number(),
});

/** Second factors of an account, without their secrets. */
export const useFactors = (userName: string) =>
  useResource({ path: pathOf`/accounts/user/${userName}/factors`, schema: factors, live: [`account#${userName}`] });
