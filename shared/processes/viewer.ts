import type { AccountRow } from '../accounts/account.ts';
import { readNamed } from '../accounts/caller.ts';
import type { Actor } from '../accounts/history.ts';
import { accountIdOf } from '../accounts/membership.ts';
import type { Caller } from '../api/access.ts';
import { refusals } from '../api/refusals.ts';
import { projectNoOf } from '../users/enabled-project.ts';
import type { ProcessContext } from './context.ts';
import { sessionIn } from './drafts/session.ts';

/** Sender of a request: an account, a visitor with a session, or both in one. */
export interface Viewer {
  readonly account?: AccountRow | undefined;
  /** Id of a visitor's session. */
  readonly session?: string | undefined;
  /** The project of DST that the account has an enabled access to. */
  readonly projectNo?: string | undefined;
  /** For the history. */
  readonly actor: Actor;
  /** For people. */
  readonly name: string;
  /** Whether the gateway itself acts. */
  readonly isSystem?: boolean;
}

interface ViewedRequest {
  caller: Caller | undefined;
  headers: Readonly<Record<string, string | undefined>>;
  address: string;
  requestId: string;
}

/** @throws Refusal when the account was deleted meanwhile */
export async function viewerOf(context: ProcessContext, request: ViewedRequest): Promise<Viewer> {
  const { caller, headers, address, requestId } = request;
  const session = sessionIn(headers);
  if (!caller) return { session, actor: { by: 'visitor', address, requestId }, name: 'visitor' };
  const account = await readNamed(context, caller, caller.name);
  if (!account) throw refusals.invalidToken();
  return {
    account,
    session,
    projectNo: await projectNoOf(context, account),
    actor: { by: account.account, address, requestId },
    name: displayName(account),
  };
}

/** The gateway itself, for work that nobody waits for. */
export const systemViewer: Viewer = { actor: { by: 'the gateway' }, name: 'the gateway', isSystem: true };

/** Name of an account for people. */
function displayName({ userName, fname, lname }: Pick<AccountRow, 'userName' | 'fname' | 'lname'>): string {
  const full = [fname, lname].filter(Boolean).join(' ');
  return full === '' ? userName : full;
}

/** Id of the viewer for others; nothing for a visitor. */
export const viewerId = ({ account }: Viewer): string => (account ? accountIdOf(account) : '');

/** Whether a viewer may see everything: operators and admins. */
export const seesAll = ({ account, isSystem }: Viewer): boolean =>
  isSystem === true || hasPermission(account, 'operator') || hasPermission(account, 'admin');

/** Whether a viewer may act for every party. */
export const isAdmin = ({ account }: Viewer): boolean => hasPermission(account, 'admin');

const hasPermission = (account: AccountRow | undefined, permission: string): boolean =>
  account?.permissions.includes(permission) === true;
