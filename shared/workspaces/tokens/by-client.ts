import * as z from 'zod';
import { type AccountRow, blockReason, readAccount } from '../../accounts/account.ts';
import { kindsOf } from '../../accounts/factors/factor.ts';
import { authenticateFully } from '../../accounts/factors/requirement.ts';
import { createAccount } from '../../accounts/manage-accounts.ts';
import { beginSession } from '../../accounts/session.ts';
import type { WorkspacesContext } from '../context.ts';
import { refuse } from '../errors.ts';
import { incorrect, type RequestOrigin, type SignInMethod } from './sign-in-method.ts';

const text = z.string().min(1).max(256);

const userInfo = z.object({
  username: text,
  email: text.pipe(z.email()),
  first_name: z.string().max(256).optional(),
  last_name: z.string().max(256).optional(),
});

type UserInfo = z.infer<typeof userInfo>;

/**
 * Signs in a user of a trusted client, which is an account with the permission `api_clients`. User name and e-mail address have
 * to be those of one account; an account is created where there is none. A client never gets a token of an account with
 * permissions or with a second factor.
 */
export const signInByClient: SignInMethod = async (context, fields, origin) => {
  const { client_token: token, user_info: info } = fields;
  if (token === undefined) throw refuse(400, 'Missing client_token. Please have admin generate a token for you.');
  if (info === undefined) throw refuse(400, 'Missing user_info. Please provide user_info to get user_token.');
  const client = typeof token === 'string' ? await authenticateFully(context, token) : undefined;
  const { data: user } = userInfo.safeParse(info);
  if (!client?.account.permissions.includes('api_clients') || !user) throw incorrect();
  const account = await accountOf(context, user, client.account, origin);
  if (blockReason(account) !== undefined || account.permissions.length > 0 || kindsOf(account).length > 0) {
    throw incorrect();
  }
  const session = { restricted: false, refreshable: false, ...origin };
  return { token: (await beginSession(context, account, session)).token, account };
};

async function accountOf(
  context: WorkspacesContext,
  { username, email, first_name, last_name }: UserInfo,
  client: AccountRow,
  { address, requestId }: RequestOrigin,
): Promise<AccountRow> {
  const known = await readAccount(context.db, context.tables.accounts, username);
  if (known) {
    if (known.email?.toLowerCase() !== email.toLowerCase()) throw incorrect();
    return known;
  }
  const wanted = {
    userName: username,
    email,
    ...(first_name !== undefined && { fname: first_name }),
    ...(last_name !== undefined && { lname: last_name }),
    changePassword: false,
    blockLogin: false,
  };
  const outcome = await createAccount(context, wanted, { by: client.account, address, requestId });
  if (outcome.kind !== 'created') throw incorrect();
  return outcome.account;
}
