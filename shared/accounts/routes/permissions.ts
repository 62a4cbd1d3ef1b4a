import * as z from 'zod';
import { type Caller, holderOf } from '../../api/access.ts';
import { answer, Refusal } from '../../api/answer.ts';
import { refusals } from '../../api/refusals.ts';
import { type AccountRow, isRepeated, readAccount, withMark } from '../account.ts';
import { adminOrOperator, isSelf } from '../caller.ts';
import { type AccountChange, changeAccount } from '../manage-accounts.ts';
import { isPermission } from '../permission.ts';
import {
  type AccountsContext,
  type AccountsRoute,
  actorOf,
  errorAnswer,
  messageAnswer,
  route,
  userParameters,
} from './context.ts';
import { requestMark } from './idempotency-key.ts';
import { permissionParameters } from './permission-list.ts';

const admin = holderOf('admin');
const noUser = 'User bob does not exist';

const readOfUser = route({
  method: 'GET',
  path: '/accounts/admin/{username}/permissions',
  summary: 'Lists the permissions of an account',
  access: adminOrOperator,
  parameters: userParameters,
  answers: {
    200: {
      description: 'The permissions',
      body: z
        .object({ username: z.string(), permissions: z.array(z.string()) })
        .meta({ examples: [{ username: 'bob', permissions: ['operator'] }] }),
    },
    404: errorAnswer('No such account', noUser),
  },
  async handler({ parameters: { username } }, { db, tables }) {
    const account = await readAccount(db, tables.accounts, username);
    return account
      ? answer(200, { username: account.userName, permissions: account.permissions.toSorted() })
      : answer(404, { error: `User ${username} does not exist` });
  },
});

const pairParameters = userParameters.extend(permissionParameters.shape);
const pair = '/accounts/admin/{username}/{permission}';
const notFound = errorAnswer('No such account or permission', 'Permissions x does not exist');

/** Path segments of other routes in the place of the user name. A request to them with another method comes here. */
const otherRoutes: Readonly<Record<string, readonly string[]>> = {
  permissions: ['GET', 'PATCH'],
  users: ['GET', 'POST', 'PATCH', 'DELETE'],
  organizations: ['GET', 'PUT', 'DELETE'],
};

/**
 * Finds the account and the permission that a path names.
 *
 * @throws Refusal when one of them does not exist
 */
async function find({ db, tables }: AccountsContext, { username, permission }: z.infer<typeof pairParameters>) {
  const methods = Object.hasOwn(otherRoutes, username) ? otherRoutes[username] : undefined;
  if (methods) throw refusals.methodNotAllowed(methods);
  const account = await readAccount(db, tables.accounts, username);
  if (!account) throw new Refusal(answer(404, { error: `User ${username} does not exist` }));
  if (!isPermission(permission)) {
    throw new Refusal(answer(404, { error: `Permissions ${permission} does not exist` }));
  }
  return { account, permission };
}

const checkPermission = route({
  method: 'GET',
  path: pair,
  summary: 'Shows whether an account has a permission',
  access: adminOrOperator,
  parameters: pairParameters,
  answers: {
    200: {
      description: 'Whether the account has it',
      body: z
        .object({ permission: z.string(), username: z.string(), hasPermission: z.boolean() })
        .meta({ examples: [{ permission: 'operator', username: 'bob', hasPermission: true }] }),
    },
    404: notFound,
  },
  async handler({ parameters }, context) {
    const { account, permission } = await find(context, parameters);
    return answer(200, {
      permission,
      username: account.userName,
      hasPermission: account.permissions.includes(permission),
    });
  },
});

type Plan = (account: AccountRow) => AccountChange | { refusal: string };

async function change(
  context: AccountsContext,
  request: { caller: Caller; address: string; requestId: string; parameters: { username: string } },
  plan: Plan,
): Promise<AccountRow> {
  const { username } = request.parameters;
  const outcome = await changeAccount(context, username, actorOf(request), plan);
  if (!outcome) throw new Refusal(answer(404, { error: `User ${username} does not exist` }));
  if ('refusal' in outcome) throw new Refusal(answer(409, { error: outcome.refusal }));
  return outcome.account;
}

const addPermission = route({
  method: 'POST',
  path: pair,
  summary: 'Gives an account a permission',
  access: admin,
  parameters: pairParameters,
  answers: {
    201: messageAnswer('The account has the permission', 'Permission operator has been added to bob'),
    404: notFound,
    409: errorAnswer(
      'The account has the permission already',
      'User bob already has permissions operator. Nothing was done',
    ),
  },
  async handler(request, context) {
    const { permission } = await find(context, request.parameters);
    const { username } = request.parameters;
    const done = answer(201, { message: `Permission ${permission} has been added to ${username}` });
    const mark = requestMark(request);
    await change(context, request, (account) => {
      if (isRepeated(account, mark)) throw new Refusal(done);
      const { permissions } = account;
      if (permissions.includes(permission)) {
        return { refusal: `User ${username} already has permissions ${permission}. Nothing was done` };
      }
      return {
        changes: { permissions: [...permissions, permission], ...withMark(account, mark) },
        event: 'permission added',
        details: { permission },
      };
    });
    return done;
  },
});

const removePermission = route({
  method: 'DELETE',
  path: pair,
  summary: 'Takes a permission from an account',
  access: admin,
  parameters: pairParameters,
  answers: {
    200: messageAnswer(
      'The account does not have the permission any more',
      'Permission operator has been removed from bob',
    ),
    404: notFound,
    409: errorAnswer(
      'The account does not have the permission, or it is the own permission to manage accounts',
      'User bob does not have operator. Nothing to remove',
    ),
  },
  async handler(request, context) {
    const { permission } = await find(context, request.parameters);
    const { username } = request.parameters;
    if (permission === 'admin' && isSelf(request.caller, username)) {
      return answer(409, { error: 'Nobody can give up the own permission to manage accounts' });
    }
    await change(context, request, ({ permissions }) =>
      permissions.includes(permission)
        ? {
            changes: { permissions: permissions.filter((name) => name !== permission) },
            event: 'permission removed',
            details: { permission },
          }
        : { refusal: `User ${username} does not have ${permission}. Nothing to remove` },
    );
    return answer(200, { message: `Permission ${permission} has been removed from ${username}` });
  },
});

/** Routes of the permissions of accounts. The paths with two names match others too, so these routes come last. */
export const permissionRoutes: readonly AccountsRoute[] = [
  readOfUser,
  checkPermission,
  addPermission,
  removePermission,
];
