import { anyone } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import type { Method } from '../../api/route.ts';
import { authenticateFully } from '../factors/requirement.ts';
import type { OpenSession } from '../session.ts';
import { beginSignedSession, checkSignedToken, isOver } from '../signed-session.ts';
import { userAgentOf } from '../user-agent.ts';
import {
  type AuthContext,
  type AuthRoute,
  anyJson,
  incomplete,
  plainAnswer,
  refused,
  route,
  tokenAnswer,
  tokenBody,
} from './context.ts';

/** The documents have GET with a body, which some clients and proxies drop. */
const methods: readonly Method[] = ['GET', 'POST'];

const validate = (method: Method) =>
  route({
    method,
    path: '/auth/validate',
    summary: 'Verifies a signed token, and whether its account is open',
    access: anyone,
    ...anyJson,
    body: tokenBody,
    answers: { 200: plainAnswer('Whether the token is valid', 'Token expired'), 400: incomplete },
    async handler({ body }, context) {
      const found = await checkSignedToken(context, body.token);
      if (found === 'expired') return refused('Token expired');
      return found === 'invalid' ? refused() : answer(200, { success: true as const });
    },
  });

const requestToken = (method: Method) =>
  route({
    method,
    path: '/auth/requestToken',
    summary: 'Gives a fresh signed token for a signed token, or for one of `/accounts/authenticate`',
    access: anyone,
    ...anyJson,
    body: tokenBody,
    answers: { 200: tokenAnswer('A token of now', 'Expired'), 400: incomplete },
    async handler({ body, headers, address }, context) {
      const found = await findSession(context, body.token);
      if (found === 'expired') return refused('Expired');
      if (found === 'invalid') return refused();
      const { session, account } = found;
      if (isOver(context, session)) return refused('Expired');
      const userAgent = userAgentOf(headers);
      const { signedInAt = session.createdAt } = session;
      const token = await beginSignedSession(context, account, { address, userAgent, signedInAt });
      return token ? answer(200, { success: true as const, token }) : refused('The account has no email address');
    },
  });

async function findSession(context: AuthContext, token: unknown): Promise<OpenSession | 'expired' | 'invalid'> {
  if (typeof token !== 'string') return checkSignedToken(context, token);
  return (await authenticateFully(context, token)) ?? 'invalid';
}

/** Routes about tokens that somebody has. */
export const tokenRoutes: readonly AuthRoute[] = methods.flatMap((method) => [validate(method), requestToken(method)]);
