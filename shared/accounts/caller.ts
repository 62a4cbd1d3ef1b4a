import { type Access, type Caller, callerWho } from '../api/access.ts';
import type { AccountContext } from './context.ts';
import { lacksFactor } from './factors/requirement.ts';
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
    mustAddFactor: await lacksFactor(context, account),
  };
}

/** Whether a user name, in whatever letters, is the caller's. */
export const isSelf = ({ name }: Caller, userName: string): boolean => name === foldUserName(userName);

/** The account that the path's `username` names. */
export const selfOnly: Access<Caller> = callerWho('The account itself.', (caller, { username = '' }) =>
  isSelf(caller, username),
);

/** Accounts with the permission `admin`, and the account that the path's `username` names. */
export const selfOrAdmin: Access<Caller> = callerWho(
  'Accounts with the permission `admin`, and the account itself.',
  (caller, { username = '' }) => caller.permissions.includes('admin') || isSelf(caller, username),
);
