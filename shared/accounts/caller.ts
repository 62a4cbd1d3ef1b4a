import { type Access, type Caller, callerWho } from '../api/access.ts';
import type { AccountContext } from './context.ts';
import { authenticate } from './session.ts';
import { foldUserName } from './user-name.ts';

/** The account that a token belongs to, as routes see it. */
export async function findCaller(context: AccountContext, token: string): Promise<Caller | undefined> {
  const found = await authenticate(context, token);
  if (!found) return undefined;
  const { session, account } = found;
  return {
    name: account.account,
    permissions: account.permissions,
    session: session.sessionId,
    mustChangePassword: session.restricted,
  };
}

/** Accounts with the permission `admin`, and the account that the path's `username` names. */
export const selfOrAdmin: Access<Caller> = callerWho(
  'Accounts with the permission `admin`, and the account itself.',
  ({ name, permissions }, { username = '' }) => permissions.includes('admin') || name === foldUserName(username),
);
