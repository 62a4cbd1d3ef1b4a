import * as z from 'zod';
import { anyone } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { type AccountRow, findEmailHolder } from '../account.ts';
import { type CredentialsRefusal, checkCredentials, recordSignIn } from '../check-credentials.ts';
import { hasFactor } from '../factors/factor.ts';
import { lacksFactor } from '../factors/requirement.ts';
import { retryAfter, tooManyText } from '../routes/too-many.ts';
import { beginSignedSession } from '../signed-session.ts';
import { userAgentOf } from '../user-agent.ts';
import { type AuthContext, anyJson, incomplete, refused, route, tokenAnswer } from './context.ts';

const body = z
  .object({ email: z.string(), password: z.string() })
  .meta({ examples: [{ email: 'bob@centre.example', password: 'a kayak on the frozen lake' }] });

export const login = route({
  method: 'POST',
  path: '/auth/login',
  summary: 'Gives a signed token for e-mail address and password',
  access: anyone,
  ...anyJson,
  body,
  answers: {
    200: tokenAnswer('A token, which other services verify offline for 36 hours', 'Incorrect password!'),
    400: incomplete,
    429: {
      description: 'Too many wrong passwords: the header `retry-after` has the seconds to wait',
      body: z
        .object({ success: z.literal(false), comment: z.string() })
        .meta({ examples: [{ success: false, comment: tooManyText }] }),
    },
  },
  async handler({ body: { email, password }, headers, address, requestId }, context) {
    const sent = { userName: await userNameOf(context, email), password, address, requestId };
    const outcome = await checkCredentials(context, sent);
    if (outcome.kind === 'too-many') {
      return answer(429, { success: false as const, comment: tooManyText }, retryAfter(outcome.wait));
    }
    if (outcome.kind !== 'right') return refused(commentOn(outcome, context));
    const { account } = outcome;
    const due = await dueFirst(context, account);
    if (due !== undefined) {
      await recordSignIn(context, sent, { event: 'sign-in refused', details: { result: due } });
      return refused(due);
    }
    const userAgent = userAgentOf(headers);
    const token = await beginSignedSession(context, account, { address, userAgent });
    if (!token) return refused(commentOn({ kind: 'unknown' }, context));
    await recordSignIn(context, sent, { event: 'signed in', details: { token: 'signed' } });
    return answer(200, { success: true as const, token });
  },
});

/** Condition for a signed token that the account does not meet. */
async function dueFirst(context: AuthContext, account: AccountRow): Promise<string | undefined> {
  if (hasFactor(account)) return 'Second factor required';
  if (account.changePassword) return 'Password must be changed';
  return (await lacksFactor(context, account)) ? 'A second factor must be added' : undefined;
}

/** Tries count for the account's user name, by whatever name they are made. No user name has a space. */
const userNameOf = async ({ db, tables }: AuthContext, email: string): Promise<string> =>
  (await findEmailHolder(db, tables.accounts, email)) ?? `email ${email}`;

function commentOn({ kind }: CredentialsRefusal, { settings }: AuthContext): string {
  switch (kind) {
    case 'blocked':
      return 'Login is blocked';
    case 'expired-password':
      return 'The password has expired';
    case 'unknown':
      return settings.hideUnknownUsers ? 'Incorrect password!' : 'Email does not exist!';
    default:
      return 'Incorrect password!';
  }
}
