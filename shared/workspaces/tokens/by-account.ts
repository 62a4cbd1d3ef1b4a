import { authenticate } from '../../accounts/session.ts';
import { signIn } from '../../accounts/sign-in.ts';
import { refuse } from '../errors.ts';
import { incorrect, type SignInMethod } from './sign-in-method.ts';

/** Signs an account in by user name and password, or by a token that it has already. */
export const signInByAccount: SignInMethod = async (context, fields, origin) => {
  const { username, password, auth_token: token } = fields;
  if (username === undefined && token === undefined) throw refuse(400, 'Missing auth_token.');
  if (username === undefined) {
    const found = typeof token === 'string' ? await authenticate(context, token) : undefined;
    if (!found || typeof token !== 'string') throw incorrect();
    return { token, account: found.account };
  }
  if (typeof username !== 'string' || typeof password !== 'string') throw incorrect();
  const outcome = await signIn(context, { userName: username, password, refreshable: false, ...origin });
  switch (outcome.kind) {
    case 'signed-in':
      return { token: outcome.tokens.token, account: outcome.account };
    case 'second-factor-due':
      throw refuse(
        403,
        'A second factor is required: sign in by /accounts/authenticate, and send its token as auth_token.',
      );
    case 'too-many':
      throw refuse(429, 'Too many tries. Please wait.', { 'retry-after': String(Math.ceil(outcome.wait / 1_000)) });
    default:
      throw incorrect();
  }
};
