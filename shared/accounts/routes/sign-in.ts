import * as z from 'zod';
import { anyone, signedIn } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { endOfPageSession } from '../../api/page-session.ts';
import { refusals } from '../../api/refusals.ts';
import type { AccountRow } from '../account.ts';
import { factorKinds } from '../factors/factor.ts';
import { requestOptions } from '../factors/passkey.ts';
import { makeLiveToken } from '../live-token.ts';
import { endSession, refreshSession } from '../session.ts';
import { signIn } from '../sign-in.ts';
import { userAgentOf } from '../user-agent.ts';
import { type AccountsContext, type AccountsRoute, actorOf, errorAnswer, messageAnswer, route } from './context.ts';
import { requestOptionsView } from './passkey-fields.ts';
import {
  checkCookieWish,
  cookieField,
  isoTime,
  signedInAnswer,
  signedInTo,
  tokensView,
  viewOfTokens,
} from './token-answers.ts';
import { tooManyAnswer, tooManyTries } from './too-many.ts';

const documentedLogin = z.object({ username: z.string(), password: z.string() });

const loginBody = documentedLogin
  .extend({
    refresh: z.boolean().optional().describe('Asks for a token of 15 minutes, and a refresh token for the next'),
    cookie: cookieField,
  })
  .meta({ examples: [{ username: 'bob', password: 'a kayak on the frozen lake' }] });

const secondFactorDue = z.object({
  error: z.literal('Second factor required'),
  challenge: z.string(),
  exp: z.string(),
  factors: z.array(z.enum(factorKinds)),
  passkey: requestOptionsView.optional().describe('Options for `navigator.credentials.get`'),
});

const authenticate = route({
  method: 'POST',
  path: '/accounts/authenticate',
  summary: 'Signs in',
  access: anyone,
  body: loginBody,
  documentedBody: documentedLogin,
  answers: {
    200: signedInAnswer,
    403: {
      description:
        'A wrong password; the right one of an account that nobody may sign in to; or the right one of an account with a second factor, which has to follow with the challenge before `exp`',
      body: z.union([secondFactorDue, z.object({ error: z.string(), message: z.string().optional() })]).meta({
        examples: [
          { error: 'Incorrect password' },
          { error: 'Login is blocked', message: 'left the centre' },
          {
            error: 'Second factor required',
            challenge: 'c'.repeat(43),
            exp: '2026-01-05T08:05:00Z',
            factors: ['totp', 'recoveryCode'],
          },
        ],
      }),
    },
    404: errorAnswer('No such account', 'User does not exist'),
    429: tooManyAnswer,
  },
  async handler({ body, headers, address, requestId }, context) {
    checkCookieWish(loginBody, body.cookie, { headers, address, requestId });
    const outcome = await signIn(context, {
      userName: body.username,
      password: body.password,
      // A page cannot keep a refresh token where no script reads it.
      refreshable: body.refresh === true && !body.cookie,
      address,
      userAgent: userAgentOf(headers),
      requestId,
    });
    switch (outcome.kind) {
      case 'signed-in':
        return signedInTo(context, { headers, address, requestId }, outcome, body.cookie);
      case 'second-factor-due':
        return answer(403, {
          error: 'Second factor required',
          challenge: outcome.challenge,
          exp: isoTime(outcome.endsAt),
          factors: outcome.factors,
          ...(await passkeyOptions(context, outcome)),
        });
      case 'too-many':
        return tooManyTries(outcome.wait);
      case 'blocked':
        return answer(403, { error: 'Login is blocked', message: outcome.reason });
      case 'expired-password':
        return answer(403, { error: 'The password has expired', message: 'An administrator can reset the password' });
      case 'unknown':
        return context.settings.hideUnknownUsers
          ? answer(403, { error: 'Incorrect password' })
          : answer(404, { error: 'User does not exist' });
      default:
        return answer(403, { error: 'Incorrect password' });
    }
  },
});

async function passkeyOptions(
  { service }: AccountsContext,
  { account, passkeyChallenge: challenge }: { account: AccountRow; passkeyChallenge?: string },
) {
  if (challenge === undefined) return {};
  return { passkey: { ...(await requestOptions(service, { passkeys: account.passkeys ?? [], challenge })) } };
}

const refresh = route({
  method: 'POST',
  path: '/accounts/refresh',
  summary: 'Gives new tokens for a refresh token, which is used up',
  access: anyone,
  body: z.object({ refreshToken: z.string() }).meta({ examples: [{ refreshToken: 'y'.repeat(64) }] }),
  answers: {
    200: {
      description: 'The next tokens',
      body: tokensView.meta({
        examples: [
          {
            token: 'x'.repeat(64),
            exp: '2026-01-05T08:15:00Z',
            refreshToken: 'y'.repeat(64),
            refreshExp: '2026-02-04T08:00:00Z',
          },
        ],
      }),
    },
    401: {
      description: 'A refresh token that is not valid. One that was used before ends the session',
      body: z.object({ error: z.string(), message: z.string() }),
    },
  },
  async handler({ body, address, requestId }, context) {
    const next = await refreshSession(context, body.refreshToken, { address, requestId });
    if (!next) throw refusals.invalidToken();
    return answer(200, viewOfTokens(next));
  },
});

const signOut = route({
  method: 'POST',
  path: '/accounts/sign-out',
  summary: 'Ends the token, and the refresh token that came with it',
  access: signedIn,
  beforePasswordChange: true,
  beforeSecondFactor: true,
  answers: { 200: messageAnswer('The token is of no use any more', 'Signed out') },
  async handler(request, context) {
    const { name: account, session: sessionId } = request.caller;
    await endSession(context, { sessionId, account }, { event: 'signed out' }, actorOf(request));
    return { ...answer(200, { message: 'Signed out' }), cookies: [endOfPageSession(request.headers.host)] };
  },
});

const readSession = route({
  method: 'GET',
  path: '/accounts/session',
  summary: 'The account that the token belongs to',
  access: signedIn,
  beforePasswordChange: true,
  beforeSecondFactor: true,
  answers: {
    200: {
      description: 'The account',
      body: z
        .object({
          username: z.string(),
          permissions: z.array(z.string()),
          changePassword: z.boolean(),
          addSecondFactor: z.boolean(),
        })
        .meta({
          examples: [{ username: 'bob', permissions: ['operator'], changePassword: false, addSecondFactor: false }],
        }),
    },
  },
  handler: async ({ caller }) =>
    answer(200, {
      username: caller.name,
      permissions: [...caller.permissions],
      changePassword: caller.mustChangePassword,
      addSecondFactor: caller.mustAddFactor,
    }),
});

const createLiveToken = route({
  method: 'POST',
  path: '/accounts/session/live-token',
  summary: 'Gives a token for the first message to the WebSocket API, for pages that do not know their own',
  access: signedIn,
  answers: {
    200: {
      description: 'A token that opens nothing else and ends in a minute; the connection lasts as long as the session',
      body: z
        .object({ token: z.string(), exp: z.string(), url: z.string().describe('Where to connect') })
        .meta({ examples: [{ token: 'x'.repeat(64), exp: '2026-01-05T08:01:00Z', url: 'wss://live.centre.example' }] }),
    },
  },
  async handler({ caller: { session } }, context) {
    const { token, endsAt } = await makeLiveToken(context, session);
    return answer(200, { token, exp: isoTime(endsAt), url: context.liveUrl });
  },
});

/** Signing in and out. */
export const signInRoutes: readonly AccountsRoute[] = [authenticate, refresh, signOut, readSession, createLiveToken];
