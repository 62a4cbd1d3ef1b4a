import type { AccountRow } from '../../../shared/accounts/account.ts';
import { foldUserName } from '../../../shared/accounts/user-name.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import type { Item } from '../expressions.ts';
import { oneTimeHashOf } from '../people.ts';
import type { World } from '../world.ts';
import { rowOf, rows } from './rows.ts';

/** An access is an account: both come and go together, are enabled together, and have the password that DST was told last. */
export function* accountsUnlikeAccesses(world: World) {
  const accounts = new Map(rows<AccountRow>(world, 'accounts').map((row) => [row.account, row]));
  for (const { accessIdentifier, loginName, enabled, passwordHash } of rows<UserRow>(world, 'users')) {
    const account = accounts.get(foldUserName(loginName));
    accounts.delete(foldUserName(loginName));
    if (account?.accessIdentifier !== accessIdentifier) yield `${accessIdentifier} has no account`;
    else if (account.accessDisabled === enabled)
      yield `${accessIdentifier} is ${enabled ? 'enabled' : 'disabled'}, its account is not`;
    else if (oneTimeHashOf(account.passwordHash) !== passwordHash)
      yield `${accessIdentifier} opens with an older password`;
    else if (account.passwordHash === passwordHash && !account.changePassword)
      yield `${accessIdentifier} works with its one-time password`;
  }
  for (const account of accounts.keys()) yield `account ${account} is left without its access`;
}

/**
 * Tokens are of a generation of the account: a revocation, a block and a new password begin another one in the same write. What
 * people of the centre decided, messages of the portal leave as it is: they do not raise the version.
 */
export function violationOfTokens(after: Item | undefined, before: Item | undefined): string | undefined {
  const [now, then] = [rowOf<AccountRow>(after), rowOf<AccountRow>(before)];
  if (!now || !then) return undefined;
  if (now.version === then.version && now.blockLogin !== then.blockLogin)
    return `${now.account} is ${now.blockLogin ? 'blocked' : 'unblocked'} by nobody`;
  if (now.generation !== then.generation) return undefined;
  if (now.blockLogin && !then.blockLogin) return `tokens of ${now.account} outlive a block`;
  if (now.passwordHash !== then.passwordHash) return `tokens of ${now.account} outlive a new password`;
  return now.accessDisabled && !then.accessDisabled ? `tokens of ${now.account} outlive a revocation` : undefined;
}
