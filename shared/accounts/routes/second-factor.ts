import * as z from 'zod';
import { anyone } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { ruleBroken } from '../../api/validation-error.ts';
import { completeSignIn } from '../factors/complete-sign-in.ts';
import type { FactorProof } from '../factors/use-factor.ts';
import { userAgentOf } from '../user-agent.ts';
import { type AccountsRoute, errorAnswer, route } from './context.ts';
import { useExample, useResponse } from './passkey-fields.ts';
import { checkCookieWish, cookieField, signedInAnswer, signedInTo } from './token-answers.ts';
import { tooManyAnswer, tooManyTries } from './too-many.ts';

const body = z
  .object({
    challenge: z.string(),
    totp: z.string().optional(),
    recoveryCode: z.string().optional(),
    passkey: useResponse.optional(),
    cookie: cookieField,
  })
  .meta({
    examples: [
      { challenge: 'c'.repeat(43), totp: '123456' },
      { challenge: 'c'.repeat(43), passkey: useExample },
    ],
  });

const overText = 'The challenge is invalid. Please sign in again';

const completeAuthenticate = route({
  method: 'POST',
  path: '/accounts/authenticate/second-factor',
  summary: 'Completes a sign-in by the second factor',
  access: anyone,
  body,
  answers: {
    200: signedInAnswer,
    401: {
      description: 'A challenge that was used, has ended after five minutes, or never was one',
      body: z
        .object({ error: z.string(), message: z.string() })
        .meta({ examples: [{ error: 'Access Denied', message: overText }] }),
    },
    403: errorAnswer('A wrong second factor, or a code that was used before', 'Incorrect second factor'),
    429: tooManyAnswer,
  },
  async handler({ body: sent, headers, address, requestId }, context) {
    checkCookieWish(body, sent.cookie, { headers, address, requestId });
    const outcome = await completeSignIn(context, {
      challenge: sent.challenge,
      proof: proofIn(sent),
      address,
      userAgent: userAgentOf(headers),
      requestId,
    });
    switch (outcome.kind) {
      case 'signed-in':
        return signedInTo(context, { headers, address, requestId }, outcome, sent.cookie);
      case 'too-many':
        return tooManyTries(outcome.wait);
      case 'challenge-over':
        return answer(401, { error: 'Access Denied', message: overText });
      default:
        return answer(403, { error: 'Incorrect second factor' });
    }
  },
});

/** @throws Refusal unless there is exactly one second factor */
function proofIn({ totp, recoveryCode, passkey }: z.infer<typeof body>): FactorProof {
  const given: FactorProof[] = [
    ...(totp === undefined ? [] : [{ kind: 'totp' as const, code: totp }]),
    ...(recoveryCode === undefined ? [] : [{ kind: 'recoveryCode' as const, code: recoveryCode }]),
    ...(passkey === undefined ? [] : [{ kind: 'passkey' as const, response: passkey }]),
  ];
  const [proof] = given;
  if (proof && given.length === 1) return proof;
  throw ruleBroken(body, 'exactly one of totp, recoveryCode and passkey must be given');
}

/** The second step of signing in. */
export const secondFactorRoutes: readonly AccountsRoute[] = [completeAuthenticate];
