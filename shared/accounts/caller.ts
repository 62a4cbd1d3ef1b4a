import { type AuthenticateCaller, type Caller, callerWho, type RouteAccess } from '../api/access.ts';
import { type AccountRow, readAccount } from './account.ts';
import type { AccountContext } from './context.ts';
import { lacksFactor } from './factors/requirement.ts';
import { KnownSessions } from './known-sessions.ts';
import { authenticate } from './session.ts';
import { foldUserName } from './user-name.ts';

/** The account that a token belongs to, as routes of accounts see it. */
interface AccountCaller extends Caller {
  /** As it was read for the request. */
  readonly account: AccountRow;
}

/**
 * Finds the account that a token belongs to. Reads session and account anew for each request: only facts that never change are
 * remembered, so that both are read at once, and a session that is gone not at all.
 */
export function authenticator(context: AccountContext): AuthenticateCaller {
  const sessions = new KnownSessions();
  return async (token): Promise<AccountCaller | undefined> => {
    const found = await authenticate(context, token, sessions);
    if (!found) return undefined;
    const { session, account } = found;
    return {
      name: account.account,
      permissions: account.permissions,
      session: session.sessionId,
      mustChangePassword: session.restricted,
      mustAddFactor: await lacksFactor(context, account),
      account,
    };
  };
}

/** The account that a path names. The caller's own has just been read. */
export async function readNamed(
  { db, tables }: AccountContext,
  caller: Caller | AccountCaller,
  userName: string,
): Promise<AccountRow | undefined> {
  return 'account' in caller && isSelf(caller, userName) ? caller.account : readAccount(db, tables.accounts, userName);
}

/** Whether a user name, in whatever letters, is the caller's. */
export const isSelf = ({ name }: Caller, userName: string): boolean => name === foldUserName(userName);

/** Accounts with the permission `admin` or `operator`: operators see who may do something, and change none of it. */
export const adminOrOperator: RouteAccess<Caller> = callerWho(
  'Accounts with the permission `admin` or `operator`.',
  ({ permissions }) => permissions.includes('admin') || permissions.includes('operator'),
);

/** The account that the path's `username` names. */
export const selfOnly: RouteAccess<Caller> = callerWho('The account itself.', (caller, { username = '' }) =>
  isSelf(caller, username),
);

/** Accounts with the permission `admin`, and the account that the path's `username` names. */
export const selfOrAdmin: RouteAccess<Caller> = callerWho(
  'Accounts with the permission `admin`, and the account itself.',
  (caller, { username = '' }) => caller.permissions.includes('admin') || isSelf(caller, username),
);
