import * as z from 'zod';
import { holderOf } from '../../api/access.ts';
import { answer, Refusal } from '../../api/answer.ts';
import { refusals } from '../../api/refusals.ts';
import {
  type AccountRow,
  allAccounts,
  blockReason,
  endOfTokens,
  mayBeAccount,
  readAccount,
  readAccountByEmail,
} from '../account.ts';
import { adminOrOperator, isSelf } from '../caller.ts';
import { resetFactors } from '../factors/manage-factors.ts';
import { type AccountChange, changeAccount } from '../manage-accounts.ts';
import { resetAccountPassword } from '../reset-password.ts';
import { foldUserName } from '../user-name.ts';
import {
  type AccountsContext,
  type AccountsRoute,
  actorOf,
  errorAnswer,
  messageAnswer,
  route,
  userParameters,
} from './context.ts';
import { create } from './create.ts';
import {
  accountChangesBody,
  adminUserView,
  adminViewOf,
  checkFields,
  documentedAdminAccount,
  newAdminAccountBody,
} from './fields.ts';
import { deletionConflict, namesBody, remove, removeMany } from './remove.ts';
import { isoTime } from './token-answers.ts';

const admin = holderOf('admin');
const noUser = errorAnswer('No such account', 'User bob does not exist');
const doesNotExist = (username: string) => answer(404, { error: `User ${username} does not exist` });

const example: z.infer<typeof adminUserView> = {
  username: 'bob',
  changePasswordOnNextLogin: false,
  fname: 'Bob',
  lname: 'Jensen',
  blockLogin: false,
  blockLoginReason: '',
  email: 'bob@centre.example',
  permissions: ['operator'],
  storage: { quota: 1_000_000_000, quotaGroup: '', usage: 0, absolutePath: '' },
};

const listUsers = route({
  method: 'GET',
  path: '/accounts/admin/users',
  summary: 'Lists accounts, page by page, or those whose names hold a text',
  access: adminOrOperator,
  query: z.object({
    username: z
      .string()
      .optional()
      .meta({ examples: ['bo'] }),
    fname: z
      .string()
      .optional()
      .meta({ examples: ['Bo'] }),
    lname: z
      .string()
      .optional()
      .meta({ examples: ['sen'] }),
    fetch: z.coerce
      .number()
      .int()
      .min(1)
      .max(200)
      .default(50)
      .meta({ examples: [50] }),
    cursor: z
      .string()
      .max(3_000)
      .optional()
      .meta({ examples: ['Ym9i'] }),
  }),
  answers: {
    200: {
      description: 'A page. With `cursor` there may be more: ask again with that cursor',
      body: z
        .object({ result: z.array(adminUserView), cursor: z.string().optional() })
        .meta({ examples: [{ result: [example] }] }),
    },
  },
  async handler({ query: { username, fname, lname, fetch, cursor } }, { db, tables }) {
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString('utf8');
    if (after !== undefined && !isCursor(after)) throw refusals.badRequest('cursor: must be one of an answer');
    const found: AccountRow[] = [];
    for await (const account of allAccounts(db, tables.accounts, after)) {
      const isFound = holds(account.userName, username) && holds(account.fname, fname) && holds(account.lname, lname);
      if (!isFound) continue;
      // One more than asked for shows that there is a next page.
      if (found.push(account) > fetch) break;
    }
    const page = found.slice(0, fetch);
    const last = found.length > fetch ? page.at(-1) : undefined;
    return answer(200, {
      result: page.map(adminViewOf),
      ...(last && { cursor: Buffer.from(last.account).toString('base64url') }),
    });
  },
});

/** Keys of other items than accounts are no names. Bytes that are no UTF-8 become U+FFFD. */
const isCursor = (after: string): boolean => mayBeAccount(after) && !after.includes('\ufffd');

const holds = (text = '', part = '') => foldUserName(text).includes(foldUserName(part));

const readUser = route({
  method: 'GET',
  path: '/accounts/admin/users/{username}',
  summary: 'Shows an account, with permissions and storage',
  access: adminOrOperator,
  parameters: userParameters,
  answers: {
    200: { description: 'The account', body: adminUserView.meta({ examples: [example] }) },
    404: errorAnswer('No such account', 'User with username bob does not exist'),
  },
  async handler({ parameters: { username } }, { db, tables }) {
    const account = await readAccount(db, tables.accounts, username);
    return account
      ? answer(200, adminViewOf(account))
      : answer(404, { error: `User with username ${username} does not exist` });
  },
});

const createUser = route({
  method: 'POST',
  path: '/accounts/admin/users/{username}',
  summary: 'Creates an account with a quota of storage',
  access: admin,
  parameters: userParameters,
  body: newAdminAccountBody,
  documentedBody: documentedAdminAccount,
  answers: {
    201: messageAnswer('The account is there', 'User bob was created successfully'),
    409: errorAnswer('A name or an e-mail address that is in use or not allowed', 'User bob already exists'),
  },
  handler: (request, context) => create(context, request, documentedAdminAccount),
});

const changeUser = route({
  method: 'PATCH',
  path: '/accounts/admin/users/{username}',
  summary: 'Changes names, e-mail address or quota of an account; blocks or unblocks the account',
  access: admin,
  parameters: userParameters,
  body: accountChangesBody,
  answers: {
    200: { description: 'The account as it is now', body: adminUserView.meta({ examples: [example] }) },
    404: noUser,
    409: errorAnswer(
      'An e-mail address that is in use, or the own account',
      'Email bob@centre.example is already in use',
    ),
  },
  async handler(request, context) {
    const { caller, parameters, body } = request;
    const { username } = parameters;
    checkFields(accountChangesBody, body);
    if (body.blockLogin && isSelf(caller, username)) {
      throw new Refusal(answer(409, { error: 'Nobody can block the own account' }));
    }
    const outcome = await changeAccount(context, username, actorOf(request), async (account) => {
      if (await isTaken(context, account, body.email)) return { refusal: `Email ${body.email} is already in use` };
      return planChange(account, body);
    });
    if (!outcome) return doesNotExist(username);
    if ('refusal' in outcome) return answer(409, { error: outcome.refusal });
    return answer(200, adminViewOf(outcome.account));
  },
});

async function isTaken({ db, tables }: AccountsContext, { account }: AccountRow, email: string | undefined) {
  const holder = email === undefined ? undefined : await readAccountByEmail(db, tables.accounts, email);
  return holder !== undefined && holder.account !== account;
}

/** A block ends all tokens. What Statistics Denmark has disabled stays disabled. */
function planChange(account: AccountRow, body: z.infer<typeof accountChangesBody>): AccountChange {
  const { blockLogin = account.blockLogin, blockLoginReason = account.blockLoginReason, ...profile } = body;
  const changes = { ...profile, blockLogin, blockLoginReason: blockLogin ? blockLoginReason : undefined };
  const blocks = blockLogin && !account.blockLogin;
  const unblocks = !blockLogin && account.blockLogin;
  return {
    changes: { ...changes, ...(blocks && endOfTokens()) },
    event: blocks ? 'blocked' : unblocks ? 'unblocked' : 'changed',
    details: {
      fields: Object.keys(body).toSorted(),
      ...(blocks && { reason: blockReason({ ...account, ...changes }) }),
    },
  };
}

const deleteUser = route({
  method: 'DELETE',
  path: '/accounts/admin/users/{username}',
  summary: 'Deletes an account',
  access: admin,
  parameters: userParameters,
  answers: {
    200: messageAnswer('The account is gone', 'User bob has been deleted'),
    404: noUser,
    409: deletionConflict,
  },
  async handler(request, context) {
    const { username } = request.parameters;
    return (await remove(context, request, username))
      ? answer(200, { message: `User ${username} has been deleted` })
      : doesNotExist(username);
  },
});

const deleteUsers = route({
  method: 'DELETE',
  path: '/accounts/admin/users',
  summary: 'Deletes accounts',
  access: admin,
  body: namesBody,
  answers: {
    200: {
      description: 'Those that existed are gone',
      body: z
        .object({ message: z.string(), deletedUsers: z.array(z.string()), doNotExist: z.array(z.string()) })
        .meta({ examples: [{ message: 'Successfully deleted 1', deletedUsers: ['bob'], doNotExist: ['eve'] }] }),
    },
    409: deletionConflict,
  },
  async handler(request, context) {
    const outcome = await removeMany(context, request);
    return answer(200, { message: `Successfully deleted ${outcome.deletedUsers.length}`, ...outcome });
  },
});

const reset = route({
  method: 'POST',
  path: '/accounts/admin/users/{username}/password-reset',
  summary: 'Replaces the password by a generated one, to be changed at the first sign-in, and ends all tokens',
  access: admin,
  parameters: userParameters,
  answers: {
    200: {
      description: 'The password, this once, and its end',
      body: z
        .object({ username: z.string(), password: z.string(), exp: z.string() })
        .meta({ examples: [{ username: 'bob', password: 'ABCDEFGH23456789ABCD', exp: '2026-01-12T08:00:00Z' }] }),
    },
    404: noUser,
  },
  async handler(request, context) {
    const { username } = request.parameters;
    const outcome = await resetAccountPassword(context, username, actorOf(request));
    return outcome
      ? answer(200, { username, password: outcome.password, exp: isoTime(outcome.expiresAt) })
      : doesNotExist(username);
  },
});

const removeFactors = route({
  method: 'DELETE',
  path: '/accounts/admin/users/{username}/factors',
  summary: 'Removes all second factors of an account whose owner has lost them, and ends all tokens',
  access: admin,
  parameters: userParameters,
  answers: {
    200: messageAnswer('The password alone signs in', 'The second factors of bob have been removed'),
    404: noUser,
    409: errorAnswer('The account has none', 'User bob has no second factor'),
  },
  async handler(request, context) {
    const { username } = request.parameters;
    const outcome = await resetFactors(context, username, actorOf(request));
    if (!outcome) return doesNotExist(username);
    return 'refusal' in outcome
      ? answer(409, { error: `User ${username} has no second factor` })
      : answer(200, { message: `The second factors of ${username} have been removed` });
  },
});

/** Accounts, as admins see them. */
export const adminUserRoutes: readonly AccountsRoute[] = [
  listUsers,
  readUser,
  createUser,
  changeUser,
  deleteUser,
  deleteUsers,
  reset,
  removeFactors,
];
