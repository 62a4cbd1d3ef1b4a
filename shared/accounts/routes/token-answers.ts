import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import type { Tokens } from '../session.ts';
import type { SignedIn } from '../sign-in.ts';
import type { AccountsContext, SignInOrigin } from './context.ts';

export const tokensView = z.object({
  token: z.string(),
  exp: z.string(),
  changePassword: z.literal(true).optional(),
  addSecondFactor: z.literal(true).optional(),
  refreshToken: z.string().optional(),
  refreshExp: z.string().optional(),
});

/** The documented form of a time: ISO 8601 in UTC, in whole seconds. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+/, '');

export const viewOfTokens = ({ token, expiresAt, refreshToken, refreshExpiresAt }: Tokens) => ({
  token,
  exp: isoTime(expiresAt),
  ...(refreshToken !== undefined && { refreshToken }),
  ...(refreshExpiresAt !== undefined && { refreshExp: isoTime(refreshExpiresAt) }),
});

export const signedInAnswer = {
  description:
    'A token. With `changePassword` it opens nothing but a change of the password, with `addSecondFactor` nothing but what adds a second factor, and both sign-out',
  body: tokensView.meta({ examples: [{ token: 'x'.repeat(64), exp: '2026-01-05T20:00:00Z' }] }),
};

/** The answer to a sign-in. */
export async function signedInTo({ onSignIn }: AccountsContext, request: SignInOrigin, outcome: SignedIn) {
  const cookies = await onSignIn?.(outcome.account, request);
  return { ...answer(200, tokensOf(outcome)), ...(cookies && { cookies }) };
}

const tokensOf = (outcome: SignedIn) => ({
  ...viewOfTokens(outcome.tokens),
  ...(outcome.changePassword && { changePassword: true as const }),
  ...(outcome.addFactor && { addSecondFactor: true as const }),
});
