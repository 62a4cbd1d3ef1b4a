import * as z from 'zod';
import { readNamed } from '../../accounts/caller.ts';
import { userAgentOf } from '../../accounts/user-agent.ts';
import { Refusal } from '../../api/answer.ts';
import { bodyText, parseJson, type SentBody } from '../../api/json-body.ts';
import { jsonFault } from '../../platform/python-json.ts';
import { pythonRepr } from '../../platform/python-repr.ts';
import type { WorkspacesContext } from '../context.ts';
import { refuse } from '../errors.ts';
import { signInByAccount } from '../tokens/by-account.ts';
import { signInByClient } from '../tokens/by-client.ts';
import { signInByGlobus } from '../tokens/by-globus.ts';
import type { SignInMethod } from '../tokens/sign-in-method.ts';
import { viewerOf } from '../users.ts';
import { isObject, type JsonBody } from './body.ts';
import { anybody, refusalAnswer, route, type WorkspacesRoute } from './context.ts';

const methods: Readonly<Record<WorkspacesContext['configuration']['api_user_authentication'], SignInMethod>> = {
  accounts: signInByAccount,
  api_clients: signInByClient,
  globus: signInByGlobus,
};

const body = z
  .object({
    username: z.string().optional(),
    password: z.string().optional(),
    auth_token: z.string().optional(),
    client_token: z.string().optional(),
    user_info: z
      .object({
        username: z.string(),
        email: z.string(),
        first_name: z.string().optional(),
        last_name: z.string().optional(),
      })
      .optional(),
  })
  .meta({ examples: [{ username: 'bob', password: 'a kayak on the frozen lake' }] });

const createToken = route({
  method: 'POST',
  path: '/uws/tokens',
  summary:
    'Signs in: an account by user name and password, or by a token of the gateway; or, where the centre has it so, a user of a trusted client, or by a token of Globus',
  access: anybody,
  described: { body },
  answers: {
    200: {
      description: 'A token for `UWS-Authorization`',
      body: z
        .object({ success: z.literal(true), message: z.string(), token: z.string() })
        .meta({ examples: [{ success: true, message: 'Successful authentication.', token: 'x'.repeat(64) }] }),
    },
    400: refusalAnswer(
      'A body without what it needs',
      'Missing auth_token.',
      'Missing client_token. Please have admin generate a token for you.',
    ),
    401: refusalAnswer('Other credentials than those of a user', 'Incorrect authentication credentials.'),
    403: refusalAnswer('An account with a second factor, which signs in by /accounts/authenticate'),
    429: refusalAnswer('Too many tries'),
  },
  async handler({ sent, headers, address, requestId, caller }, context) {
    const method = methods[context.configuration.api_user_authentication];
    const userAgent = userAgentOf(headers);
    const own = caller && (await readNamed(context, caller, caller.name));
    const { token, account } = await method(context, fieldsOf(sent), { address, requestId, userAgent }, own);
    await viewerOf(context, account);
    return { status: 200 as const, body: { success: true as const, message: 'Successful authentication.', token } };
  },
});

/** @throws Refusal with Python's text of the parser's error */
function fieldsOf(sent: SentBody): JsonBody['fields'] {
  const text = bodyText(sent);
  let fields: unknown;
  try {
    fields = parseJson(text);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw refuse(400, `JSONDecodeError(${pythonRepr(jsonFault(text))})`);
  }
  if (!isObject(fields)) throw refuse(400, 'The body is no object.');
  return fields;
}

export const tokenRoutes: readonly WorkspacesRoute[] = [createToken];
