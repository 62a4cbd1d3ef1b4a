import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { refusals } from '../../api/refusals.ts';
import { ruleBroken } from '../../api/validation-error.ts';
import { endOfTokens, readAccount } from '../account.ts';
import { readNamed, selfOnly, selfOrAdmin } from '../caller.ts';
import { changePassword } from '../change-password.ts';
import { changeAccount } from '../manage-accounts.ts';
import { listSessions } from '../session.ts';
import { type AccountsRoute, actorOf, errorAnswer, messageAnswer, route, userParameters } from './context.ts';
import { checkPassword } from './fields.ts';
import { isoTime } from './token-answers.ts';
import { tooManyAnswer, tooManyTries } from './too-many.ts';

const passwordBody = z
  .object({ currentPassword: z.string(), newPassword: z.string() })
  .meta({ examples: [{ currentPassword: 'ABCDEFGH23456789ABCD', newPassword: 'a kayak on the frozen lake' }] });

const putPassword = route({
  method: 'PUT',
  path: '/accounts/user/{username}/password',
  summary: 'Changes the own password, and ends all tokens of the account',
  access: selfOnly,
  beforePasswordChange: true,
  parameters: userParameters,
  body: passwordBody,
  answers: {
    200: messageAnswer('The new password is set', 'The password has been changed. Please sign in again'),
    403: errorAnswer('A wrong password', 'Incorrect password'),
    429: tooManyAnswer,
  },
  async handler(request, context) {
    const { username } = request.parameters;
    const { currentPassword: current, newPassword: next } = request.body;
    const account = await readAccount(context.db, context.tables.accounts, username);
    if (!account) throw refusals.invalidToken();
    checkPassword(passwordBody, 'newPassword', next, account);
    if (current.normalize('NFC') === next.normalize('NFC')) {
      throw ruleBroken(passwordBody, 'newPassword must not be the current password');
    }
    const outcome = await changePassword(context, username, { current, next }, actorOf(request));
    switch (outcome.kind) {
      case 'changed':
        return answer(200, { message: 'The password has been changed. Please sign in again' });
      case 'too-many':
        return tooManyTries(outcome.wait);
      case 'unknown':
        throw refusals.invalidToken();
      default:
        return answer(403, { error: 'Incorrect password' });
    }
  },
});

const noUser = errorAnswer('No such account', 'User bob does not exist');

const readSessions = route({
  method: 'GET',
  path: '/accounts/user/{username}/sessions',
  summary: 'Lists where an account is signed in, the newest first',
  access: selfOrAdmin,
  parameters: userParameters,
  answers: {
    200: {
      description: 'The sessions that have not ended',
      body: z
        .object({
          sessions: z.array(
            z.object({
              createdAt: z.string(),
              exp: z.string(),
              address: z.string(),
              userAgent: z.string(),
              current: z.boolean(),
            }),
          ),
        })
        .meta({
          examples: [
            {
              sessions: [
                {
                  createdAt: '2026-01-05T08:00:00Z',
                  exp: '2026-01-05T20:00:00Z',
                  address: '192.0.2.1',
                  userAgent: 'curl/8',
                  current: true,
                },
              ],
            },
          ],
        }),
    },
    404: noUser,
  },
  async handler({ caller, parameters: { username } }, context) {
    const account = await readNamed(context, caller, username);
    if (!account) return answer(404, { error: `User ${username} does not exist` });
    const sessions = await listSessions(context, account);
    return answer(200, {
      sessions: sessions.map(({ sessionId, createdAt, endsAt, address, userAgent = '' }) => ({
        createdAt: isoTime(createdAt),
        exp: isoTime(endsAt),
        address,
        userAgent,
        current: sessionId === caller.session,
      })),
    });
  },
});

const deleteSessions = route({
  method: 'DELETE',
  path: '/accounts/user/{username}/sessions',
  summary: 'Ends all tokens of an account',
  access: selfOrAdmin,
  parameters: userParameters,
  answers: { 200: messageAnswer('All tokens are of no use any more', 'User bob has been signed out'), 404: noUser },
  async handler(request, context) {
    const { username } = request.parameters;
    const changes = endOfTokens();
    const outcome = await changeAccount(context, username, actorOf(request), () => ({ changes, event: 'signed out' }));
    return outcome
      ? answer(200, { message: `User ${username} has been signed out` })
      : answer(404, { error: `User ${username} does not exist` });
  },
});

/** Routes for one's own account. */
export const passwordRoutes: readonly AccountsRoute[] = [putPassword, readSessions, deleteSessions];
