import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { isOfPage, pageCookie } from '../../api/page-session.ts';
import { ruleBroken } from '../../api/validation-error.ts';
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
  body: tokensView
    .partial({ token: true })
    .meta({ examples: [{ token: 'x'.repeat(64), exp: '2026-01-05T20:00:00Z' }] }),
};

/** Asks for the token in a cookie, which is for the console's own page. */
export const cookieField = z
  .boolean()
  .optional()
  .describe("Gives the token in a cookie that no script reads, instead of in the answer. For the console's own page");

/** @throws Refusal when another page, or a program, asks for the token in a cookie */
export function checkCookieWish(schema: z.ZodType, wish: boolean | undefined, { headers }: SignInOrigin): void {
  if (wish && !isOfPage(headers, 'POST')) throw ruleBroken(schema, "cookie must be sent by the console's own page");
}

/** The answer to a sign-in. @param inCookie whether the token is given in a cookie */
export async function signedInTo(
  { onSignIn, clock }: AccountsContext,
  request: SignInOrigin,
  outcome: SignedIn,
  inCookie = false,
) {
  const { token, expiresAt } = outcome.tokens;
  const { host } = request.headers;
  const cookies = [
    ...((await onSignIn?.(outcome.account, request)) ?? []),
    ...(inCookie ? [pageCookie(token, expiresAt, clock.now(), host)] : []),
  ];
  const { token: shown, ...others } = tokensOf(outcome);
  const body = inCookie ? others : { token: shown, ...others };
  return { ...answer(200, body), ...(cookies.length > 0 && { cookies }) };
}

const tokensOf = (outcome: SignedIn) => ({
  ...viewOfTokens(outcome.tokens),
  ...(outcome.changePassword && { changePassword: true as const }),
  ...(outcome.addFactor && { addSecondFactor: true as const }),
});
