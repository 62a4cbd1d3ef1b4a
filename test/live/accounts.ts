import type { AccountRow } from '../../shared/accounts/account.ts';
import { changeAccount, createAccount } from '../../shared/accounts/manage-accounts.ts';
import { beginSession } from '../../shared/accounts/session.ts';
import type { World } from '../support/world.ts';

export const actor = { by: 'root' };

export const accountOf = async (world: World, name: string): Promise<AccountRow> => {
  const row = (await world.rows.accounts()).find(({ account }) => account === name);
  if (!row) throw new Error(`no account ${name}`);
  return row;
};

export async function tokenOf(world: World, name: string): Promise<string> {
  const session = { restricted: false, refreshable: false, address: '192.0.2.1' };
  return (await beginSession(world.context, await accountOf(world, name), session)).token;
}

export async function createOperator({ context }: World, userName: string, permissions = ['operator']): Promise<void> {
  await createAccount(context, { userName, changePassword: false, blockLogin: false }, actor);
  await change(context, userName, { permissions });
}

export const change = (context: World['context'], name: string, changes: Partial<AccountRow>) =>
  changeAccount(context, name, actor, () => ({ changes, event: 'changed' }));
