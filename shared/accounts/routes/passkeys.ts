import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { refusals } from '../../api/refusals.ts';
import { ruleBroken } from '../../api/validation-error.ts';
import { selfOnly } from '../caller.ts';
import { addPasskey, beginPasskey } from '../factors/manage-passkeys.ts';
import { type AccountsRoute, actorOf, errorAnswer, route, userParameters } from './context.ts';
import { nameProblem } from './fields.ts';
import { ownerAnswers, ownerBody, ownerOf, settled } from './owner-proof.ts';
import { creationExample, creationOptionsView, creationResponse } from './passkey-fields.ts';

const path = '/accounts/user/{username}/factors/passkeys';
const tooMany = 'The account has ten passkeys. Remove one first';

const begin = route({
  method: 'POST',
  path: `${path}/options`,
  summary: 'Begins the making of a passkey: the options for the browser, with a challenge of five minutes',
  access: selfOnly,
  beforeSecondFactor: true,
  parameters: userParameters,
  body: ownerBody,
  answers: {
    200: { description: 'Options for `navigator.credentials.create`', body: creationOptionsView },
    ...ownerAnswers,
    409: errorAnswer('The account has as many passkeys as it may', tooMany),
  },
  async handler(request, context) {
    const { change, options } = await beginPasskey(context, ownerOf(request));
    return 'refusal' in settled(change) || !options ? answer(409, { error: tooMany }) : answer(200, { ...options });
  },
});

const body = z
  .object({ name: z.string(), response: creationResponse })
  .meta({ examples: [{ name: 'Phone', response: creationExample }] });

const texts = {
  'not-verified': 'The passkey could not be verified',
  'not-begun': 'No passkey was begun in the last five minutes',
  exists: 'The account has this passkey already',
} as const;

const add = route({
  method: 'POST',
  path,
  summary: 'Adds the passkey that the browser has made',
  access: selfOnly,
  beforeSecondFactor: true,
  parameters: userParameters,
  body,
  answers: {
    201: {
      description:
        'The passkey counts. The first factor of an account brings recovery codes, this once, and ends all tokens',
      body: z.object({ message: z.string(), id: z.string(), recoveryCodes: z.array(z.string()).optional() }).meta({
        examples: [
          { message: 'The passkey has been added', id: 'p'.repeat(22), recoveryCodes: ['ABCDE-FGHJK-LMNPQ-RSTUV'] },
        ],
      }),
    },
    403: errorAnswer('An answer of the browser that is wrong, or no permission', texts['not-verified']),
    409: errorAnswer('No challenge is waiting for the passkey, or the account has it', texts['not-begun']),
  },
  async handler(request, context) {
    const { name, response } = request.body;
    const problem = nameProblem(name);
    if (problem) throw ruleBroken(body, `name ${problem}`);
    const outcome = await addPasskey(context, request.parameters.username, { name, response }, actorOf(request));
    switch (outcome.kind) {
      case 'added': {
        const { id, recoveryCodes } = outcome;
        const message = 'The passkey has been added';
        return answer(
          201,
          recoveryCodes ? { message: `${message}. Please sign in again`, id, recoveryCodes } : { message, id },
        );
      }
      case 'not-verified':
        return answer(403, { error: texts['not-verified'] });
      case 'unknown':
        throw refusals.invalidToken();
      default:
        return answer(409, { error: texts[outcome.kind] });
    }
  },
});

/** Routes that add passkeys to one's own account. */
export const passkeyRoutes: readonly AccountsRoute[] = [begin, add];
