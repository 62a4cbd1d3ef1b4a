import type * as z from 'zod';
import type { Caller } from '../../api/access.ts';
import { answer, Refusal } from '../../api/answer.ts';
import { ruleBroken } from '../../api/validation-error.ts';
import { pythonRepr } from '../../platform/python-repr.ts';
import { createAccount } from '../manage-accounts.ts';
import { foldUserName } from '../user-name.ts';
import { type AccountsContext, actorOf } from './context.ts';
import { checkFields, checkPassword, type newAdminAccountBody } from './fields.ts';
import { requestMark } from './idempotency-key.ts';

type Body = Partial<z.infer<typeof newAdminAccountBody>> & { autoGeneratePassword: boolean; email: string };

interface CreateRequest {
  caller: Caller;
  address: string;
  requestId: string;
  headers: Readonly<Record<string, string | undefined>>;
  parameters: { username: string };
  body: Body;
}

/**
 * Creates the account that a request describes.
 *
 * @param schema that refusals quote
 */
export async function create(context: AccountsContext, request: CreateRequest, schema: z.ZodType) {
  const { username } = request.parameters;
  const { password, ...fields } = checkBody(request, schema);
  const wanted = { ...fields, userName: username, password, mark: requestMark(request) };
  const outcome = await createAccount(context, wanted, actorOf(request));
  switch (outcome.kind) {
    case 'created':
      return answer(201, { message: `User ${username} was created successfully` });
    case 'not-allowed':
      return answer(409, { error: `Username ${username} is not allowed` });
    case 'exists':
      return answer(409, { error: `User ${username} already exists` });
    case 'email-in-use':
      return answer(409, { error: `Email ${request.body.email} is already in use` });
    default:
      throw new Refusal(answer(500, outcome satisfies never));
  }
}

function checkBody({ parameters, body }: CreateRequest, schema: z.ZodType) {
  const { autoGeneratePassword, changePasswordOnFirstLogin, changePasswordOnNextLogin, ...fields } = body;
  const { username = parameters.username, password, blockLogin = false, ...profile } = fields;
  if (foldUserName(username) !== foldUserName(parameters.username)) {
    throw ruleBroken(schema, `${pythonRepr(parameters.username)} was expected`);
  }
  checkFields(schema, profile);
  const changePassword = changePasswordOnFirstLogin === true || changePasswordOnNextLogin === true;
  if (autoGeneratePassword) return { ...profile, password: undefined, blockLogin, changePassword };
  if (password === undefined) throw ruleBroken(schema, "'password' is a required property");
  checkPassword(schema, 'password', password, { ...profile, userName: username });
  return { ...profile, password, blockLogin, changePassword };
}
