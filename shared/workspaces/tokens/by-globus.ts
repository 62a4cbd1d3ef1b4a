import { type AccountRow, blockReason } from '../../accounts/account.ts';
import { kindsOf } from '../../accounts/factors/factor.ts';
import { createAccount } from '../../accounts/manage-accounts.ts';
import { beginSession } from '../../accounts/session.ts';
import { ConfigurationError } from '../../platform/errors.ts';
import type { WorkspacesContext } from '../context.ts';
import { refuse } from '../errors.ts';
import { userOf } from '../users.ts';
import type { GlobusIdentity } from './globus-client.ts';
import { linkedAccount, linkIdentity } from './identities.ts';
import { incorrect, type RequestOrigin, type SignInMethod } from './sign-in-method.ts';

/** Longest token that is sent on. */
const maxLength = 4_096;

/**
 * Signs in by a token of Globus. The account is the one that the identity is linked to, by issuer and subject. An identity without
 * one gets a new account, whose user name is the e-mail address up to the @; never an account that was there. Whoever is signed in
 * links the identity to the own account instead. Nobody gets a token of an account with permissions or with a second factor.
 */
export const signInByGlobus: SignInMethod = async (context, { auth_token: token }, origin, caller) => {
  if (token === undefined) throw refuse(400, 'Missing auth_token.');
  if (typeof token !== 'string' || token === '' || token.length > maxLength) throw incorrect();
  const { globus } = context;
  if (!globus) throw new ConfigurationError('The function has no client of Globus');
  const identity = await globus.client.identify(token);
  if (!identity) throw incorrect();
  if (globus.allowedGroups.length > 0) {
    const groups = await globus.client.groupsOf(token);
    if (!groups.some((group) => globus.allowedGroups.includes(group))) {
      throw refuse(
        403,
        'User is not a member of any allowed Globus groups. Please contact your administrator for access.',
      );
    }
  }
  const account = await accountOf(context, identity, origin, caller);
  if (blockReason(account) !== undefined || account.permissions.length > 0 || kindsOf(account).length > 0) {
    throw incorrect();
  }
  const session = { restricted: false, refreshable: false, ...origin };
  return { token: (await beginSession(context, account, session)).token, account };
};

async function accountOf(
  context: WorkspacesContext,
  identity: GlobusIdentity,
  origin: RequestOrigin,
  caller: AccountRow | undefined,
): Promise<AccountRow> {
  const linked = await linkedAccount(context, identity.id);
  if (linked && caller && linked.account !== caller.account) throw incorrect();
  if (linked) return linked;
  const account = caller ?? (await newAccount(context, identity, origin));
  const { userId } = await userOf(context, account);
  if (await linkIdentity(context, identity.id, { userId, account })) return account;
  throw incorrect();
}

async function newAccount(
  context: WorkspacesContext,
  { id, email, name }: GlobusIdentity,
  { address, requestId }: RequestOrigin,
): Promise<AccountRow> {
  const [userName = ''] = email.split('@');
  const words = name.split(/\s+/).filter((word) => word !== '');
  if (userName === '') throw incorrect();
  const wanted = {
    userName,
    email,
    ...(words.length > 0 && { fname: words[0] }),
    ...(words.length > 1 && { lname: words.at(-1) }),
    changePassword: false,
    blockLogin: false,
    // A crash before the link leaves the account to the next sign-in.
    mark: id,
  };
  const outcome = await createAccount(context, wanted, { by: userName, address, requestId });
  if (outcome.kind !== 'created') throw incorrect();
  return outcome.account;
}
