import { type Answer, answer } from '../api/answer.ts';
import type { Dialect } from '../api/dialect.ts';
import { refuse } from './errors.ts';

const unauthorized = (message: string) => refuse(401, message, { 'www-authenticate': 'Token' });

/** Tokens and refusals as clients of the documented API know them. */
export const workspacesDialect: Dialect = {
  tokenIn(headers) {
    const sent = headers['uws-authorization'];
    // The header of the gateway's other APIs.
    if (sent === undefined) return headers.token?.trim() || undefined;
    const [, token] = /^\S+ (\S+)$/.exec(sent) ?? [];
    if (token === undefined) throw unauthorized('Invalid auth header format.');
    return token;
  },
  noToken: () => unauthorized('Authentication credentials were not provided.'),
  invalidToken: () => unauthorized('Invalid token provided.'),
  refusal(sent: Answer, method: string): Answer {
    const { status, body, headers } = sent;
    if (Reflect.get(Object(body), 'success') === false) return sent;
    return answer(status, { success: false, message: messageOf(status, Object(body), method) }, headers);
  },
};

function messageOf(status: number, body: object, method: string): string {
  if (status === 405) return `Method "${method}" not allowed.`;
  const [error, message] = [Reflect.get(body, 'error'), Reflect.get(body, 'message')];
  return String(message ?? error);
}
