import * as z from 'zod';
import { holderOf } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { readNamed, selfOrAdmin } from '../caller.ts';
import { type AccountsRoute, errorAnswer, messageAnswer, route, userParameters } from './context.ts';
import { create } from './create.ts';
import { documentedAccount, newAccountBody, userView, viewOf } from './fields.ts';
import { deletionConflict, namesBody, remove, removeMany } from './remove.ts';

const readUser = route({
  method: 'GET',
  path: '/accounts/user/{username}',
  summary: 'Shows an account',
  access: selfOrAdmin,
  parameters: userParameters,
  answers: {
    200: { description: 'The account', body: userView },
    404: errorAnswer('No such account', 'User with username bob does not exist'),
  },
  async handler({ caller, parameters: { username } }, context) {
    const account = await readNamed(context, caller, username);
    return account
      ? answer(200, viewOf(account))
      : answer(404, { error: `User with username ${username} does not exist` });
  },
});

const createUser = route({
  method: 'POST',
  path: '/accounts/user/{username}',
  summary: 'Creates an account',
  access: holderOf('admin'),
  parameters: userParameters,
  body: newAccountBody,
  documentedBody: documentedAccount,
  answers: {
    201: messageAnswer('The account is there', 'User bob was created successfully'),
    409: errorAnswer('A name or an e-mail address that is in use or not allowed', 'User bob already exists'),
  },
  handler: (request, context) => create(context, request, documentedAccount),
});

const gone = z
  .object({ message: z.string(), error: z.string() })
  .meta({ examples: [{ message: 'User bob does not exist', error: 'User bob does not exist' }] });

const deleteUser = route({
  method: 'DELETE',
  path: '/accounts/user/{username}',
  summary: 'Deletes an account',
  access: holderOf('admin'),
  parameters: userParameters,
  answers: {
    200: messageAnswer('The account is gone', 'User bob has been deleted'),
    404: { description: 'No such account', body: gone },
    409: deletionConflict,
  },
  async handler(request, context) {
    const { username } = request.parameters;
    if (await remove(context, request, username)) {
      return answer(200, { message: `User ${username} has been deleted` });
    }
    const message = `User ${username} does not exist`;
    return answer(404, { message, error: message });
  },
});

const lists = { deletedUsers: z.array(z.string()), doNotExist: z.array(z.string()) };

const deleteUsers = (method: 'DELETE' | 'POST', path: `/${string}`) =>
  route({
    method,
    path,
    summary: method === 'DELETE' ? 'Deletes accounts' : 'Deletes accounts, for clients that send no body with DELETE',
    access: holderOf('admin'),
    body: namesBody,
    answers: {
      200: {
        description: 'At least one account is gone, or none was named',
        body: z
          .object({ message: z.string(), ...lists })
          .meta({ examples: [{ message: 'user bob has been deleted', deletedUsers: ['bob'], doNotExist: [] }] }),
      },
      404: {
        description: 'None of the accounts exists',
        body: gone
          .extend(lists)
          .meta({ examples: [{ ...example('User bob does not exist'), deletedUsers: [], doNotExist: ['bob'] }] }),
      },
      409: deletionConflict,
    },
    async handler(request, context) {
      const outcome = await removeMany(context, request);
      const [[first], [missing]] = [outcome.deletedUsers, outcome.doNotExist];
      if (first === undefined && missing !== undefined) {
        return answer(404, { ...example(`User ${missing} does not exist`), ...outcome });
      }
      const message =
        outcome.deletedUsers.length === 1
          ? `user ${first} has been deleted`
          : `Successfully deleted ${outcome.deletedUsers.length}`;
      return answer(200, { message, ...outcome });
    },
  });

const example = (text: string) => ({ message: text, error: text });

/** Accounts, as the document's first version has them. */
export const userRoutes: readonly AccountsRoute[] = [
  readUser,
  createUser,
  deleteUser,
  deleteUsers('DELETE', '/accounts/users'),
  deleteUsers('POST', '/accounts/users/delete'),
];
