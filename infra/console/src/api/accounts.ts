import * as z from 'zod';
import { call, pathOf } from './call.ts';
import { usePages } from './use-pages.ts';
import { useResource } from './use-resource.ts';

const anything = z.unknown();

const account = z.object({
  username: z.string(),
  fname: z.string(),
  lname: z.string(),
  email: z.string(),
  changePasswordOnNextLogin: z.boolean(),
  blockLogin: z.boolean(),
  blockLoginReason: z.string(),
  permissions: z.array(z.string()),
});
export type Account = z.infer<typeof account>;

export interface AccountFilter {
  username?: string | undefined;
  fname?: string | undefined;
  lname?: string | undefined;
}

const users = '/accounts/admin/users';

/** Accounts, by parts of their names. */
export const useAccounts = (filter: AccountFilter) =>
  usePages({
    path: users,
    query: { ...filter },
    schema: z.object({ result: z.array(account), cursor: z.string().optional() }),
    nextOf: (page) => page.cursor,
    cursor: 'cursor',
    live: ['account#', 'access#'],
  });

export const useNamedAccount = (userName: string) =>
  useResource({ path: pathOf`/accounts/admin/users/${userName}`, schema: account, live: ['account#', 'access#'] });

/** A password that the gateway has made, and its end. The answer is the only place that has the password. */
const oneTimePassword = z.object({ username: z.string(), password: z.string(), exp: z.string() });
export type OneTimePassword = z.infer<typeof oneTimePassword>;

export const resetPassword = (userName: string): Promise<OneTimePassword> =>
  call({ method: 'POST', path: pathOf`/accounts/admin/users/${userName}/password-reset`, schema: oneTimePassword });

export interface NewAccount {
  username: string;
  email: string;
  fname: string;
  lname: string;
  permissions: readonly string[];
}

/**
 * Creates an account with permissions and a one-time password.
 *
 * @param key has each step of a repeated creation take effect once
 */
export async function createAccount({ permissions, ...fields }: NewAccount, key: string): Promise<OneTimePassword> {
  const { username } = fields;
  const path = pathOf`/accounts/user/${username}`;
  const body = { ...fields, autoGeneratePassword: true };
  await call({ method: 'POST', path, body, schema: anything, idempotencyKey: key });
  for (const permission of permissions) await givePermission(username, permission, key);
  return resetPassword(username);
}

export type AccountChanges = Partial<Pick<Account, 'email' | 'fname' | 'lname' | 'blockLogin' | 'blockLoginReason'>>;

export const changeAccount = (userName: string, body: AccountChanges) =>
  call({ method: 'PATCH', path: pathOf`/accounts/admin/users/${userName}`, body, schema: anything });

export const deleteAccount = (userName: string) =>
  call({ method: 'DELETE', path: pathOf`/accounts/admin/users/${userName}`, schema: anything });

export const resetFactors = (userName: string) =>
  call({ method: 'DELETE', path: pathOf`/accounts/admin/users/${userName}/factors`, schema: anything });

export const givePermission = (userName: string, permission: string, idempotencyKey: string) =>
  call({
    method: 'POST',
    path: pathOf`/accounts/admin/${userName}/${permission}`,
    schema: anything,
    idempotencyKey,
  });

export const takePermission = (userName: string, permission: string) =>
  call({ method: 'DELETE', path: pathOf`/accounts/admin/${userName}/${permission}`, schema: anything });
