import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { refusals } from '../../api/refusals.ts';
import { isSelf, readNamed, selfOnly, selfOrAdmin } from '../caller.ts';
import { beginTotp, confirmTotp, removeFactor, renewRecoveryCodes } from '../factors/manage-factors.ts';
import { type AccountsRoute, actorOf, errorAnswer, messageAnswer, route, userParameters } from './context.ts';
import { ownerAnswers, ownerBody, ownerOf, settled } from './owner-proof.ts';
import { isoTime } from './token-answers.ts';
import { tooManyAnswer, tooManyTries } from './too-many.ts';

const factorsView = z
  .object({
    totp: z.object({ createdAt: z.string() }).optional(),
    passkeys: z.array(
      z.object({ id: z.string(), name: z.string(), createdAt: z.string(), usedAt: z.string().optional() }),
    ),
    recoveryCodes: z.number().describe('How many are left'),
  })
  .meta({
    examples: [
      {
        totp: { createdAt: '2026-01-05T08:00:00Z' },
        passkeys: [{ id: 'p'.repeat(22), name: 'Phone', createdAt: '2026-01-05T08:00:00Z' }],
        recoveryCodes: 9,
      },
    ],
  });

const listFactors = route({
  method: 'GET',
  path: '/accounts/user/{username}/factors',
  summary: 'Shows the second factors of an account',
  access: selfOrAdmin,
  beforeSecondFactor: true,
  parameters: userParameters,
  answers: {
    200: { description: 'The second factors, without their secrets', body: factorsView },
    404: errorAnswer('No such account', 'User bob does not exist'),
  },
  async handler({ caller, parameters: { username } }, context) {
    if (caller.mustAddFactor && !isSelf(caller, username)) throw refusals.secondFactorMustBeAdded();
    const account = await readNamed(context, caller, username);
    if (!account) return answer(404, { error: `User ${username} does not exist` });
    const { totp, passkeys = [], recoveryCodes = [] } = account;
    return answer(200, {
      ...(totp && { totp: { createdAt: isoTime(totp.createdAt) } }),
      passkeys: passkeys.map(({ id, name, createdAt, usedAt }) => ({
        id,
        name,
        createdAt: isoTime(createdAt),
        ...(usedAt !== undefined && { usedAt: isoTime(usedAt) }),
      })),
      recoveryCodes: recoveryCodes.length,
    });
  },
});

const totpPath = '/accounts/user/{username}/factors/totp';

const createTotp = route({
  method: 'POST',
  path: totpPath,
  summary: 'Shows a new TOTP secret, this once. The secret counts after a code of it was sent, within 15 minutes',
  access: selfOnly,
  beforeSecondFactor: true,
  parameters: userParameters,
  body: ownerBody,
  answers: {
    201: {
      description: 'The secret in base32, and its URI for a QR code',
      body: z.object({ secret: z.string(), uri: z.string() }).meta({
        examples: [
          {
            secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
            uri: 'otpauth://totp/DST%20Gateway:bob?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=DST%20Gateway',
          },
        ],
      }),
    },
    ...ownerAnswers,
  },
  async handler(request, context) {
    const { secret, uri, change } = await beginTotp(context, ownerOf(request));
    settled(change);
    return answer(201, { secret, uri });
  },
});

const codeBody = z.object({ totp: z.string() }).meta({ examples: [{ totp: '123456' }] });

/** Answer to a new factor. */
const added = {
  description: 'The factor counts. The first of an account brings recovery codes, this once, and ends all tokens',
  body: z.object({ message: z.string(), recoveryCodes: z.array(z.string()).optional() }).meta({
    examples: [{ message: 'The second factor has been added', recoveryCodes: ['ABCDE-FGHJK-LMNPQ-RSTUV'] }],
  }),
};

const addedView = (recoveryCodes: string[] | undefined) =>
  recoveryCodes
    ? { message: 'The second factor has been added. Please sign in again', recoveryCodes }
    : { message: 'The second factor has been added' };

const confirm = route({
  method: 'POST',
  path: `${totpPath}/confirm`,
  summary: 'Adds TOTP to the account, by a code of the new secret',
  access: selfOnly,
  beforeSecondFactor: true,
  parameters: userParameters,
  body: codeBody,
  answers: {
    200: added,
    403: errorAnswer('A wrong code, or no permission', 'Incorrect code'),
    409: errorAnswer('No secret is waiting for a code', 'No TOTP secret was shown in the last 15 minutes'),
    429: tooManyAnswer,
  },
  async handler(request, context) {
    const { username } = request.parameters;
    const outcome = await confirmTotp(context, username, request.body.totp, actorOf(request));
    switch (outcome.kind) {
      case 'added':
        return answer(200, addedView(outcome.recoveryCodes));
      case 'too-many':
        return tooManyTries(outcome.wait);
      case 'not-begun':
        return answer(409, { error: 'No TOTP secret was shown in the last 15 minutes' });
      case 'unknown':
        throw refusals.invalidToken();
      default:
        return answer(403, { error: 'Incorrect code' });
    }
  },
});

const codesView = z
  .object({ recoveryCodes: z.array(z.string()) })
  .meta({ examples: [{ recoveryCodes: ['ABCDE-FGHJK-LMNPQ-RSTUV'] }] });

const renewCodes = route({
  method: 'POST',
  path: '/accounts/user/{username}/factors/recovery-codes',
  summary: 'Replaces the recovery codes by ten new ones, shown this once. Each stands in for the second factor once',
  access: selfOnly,
  parameters: userParameters,
  body: ownerBody,
  answers: {
    201: { description: 'The codes. Those of before are of no use any more', body: codesView },
    ...ownerAnswers,
    409: errorAnswer('The account has no second factor', 'The account has no second factor'),
  },
  async handler(request, context) {
    const { codes, change } = await renewRecoveryCodes(context, ownerOf(request));
    return 'refusal' in settled(change)
      ? answer(409, { error: 'The account has no second factor' })
      : answer(201, { recoveryCodes: codes });
  },
});

const factorParameters = userParameters.extend({ factor: z.string().meta({ examples: ['totp'] }) });

const remove = (method: 'DELETE' | 'POST', path: `/${string}`) =>
  route({
    method,
    path,
    summary:
      method === 'DELETE'
        ? 'Removes a second factor, `totp` or the id of a passkey; with the last one the recovery codes'
        : 'Removes a second factor, for clients that send no body with DELETE',
    access: selfOnly,
    parameters: factorParameters,
    body: ownerBody,
    answers: {
      200: messageAnswer('The factor is of no use any more', 'The second factor has been removed'),
      ...ownerAnswers,
      404: errorAnswer('The account has no such factor', 'There is no second factor totp'),
    },
    async handler(request, context) {
      const { factor } = request.parameters;
      return 'refusal' in settled(await removeFactor(context, ownerOf(request), factor))
        ? answer(404, { error: `There is no second factor ${factor}` })
        : answer(200, { message: 'The second factor has been removed' });
    },
  });

/** Routes for the second factors of one's own account. */
export const factorRoutes: readonly AccountsRoute[] = [
  listFactors,
  createTotp,
  confirm,
  renewCodes,
  remove('DELETE', '/accounts/user/{username}/factors/{factor}'),
  remove('POST', '/accounts/user/{username}/factors/{factor}/remove'),
];
