import { type AccountRow, readAccount } from '../../../shared/accounts/account.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import type { OperatedGateway } from '../target/gateway.ts';

/** @throws PermanentError when there is no account of this name */
export async function findAccount({ db, tables }: OperatedGateway, userName: string): Promise<AccountRow> {
  const account = await readAccount(db, tables.accounts, userName);
  if (!account) throw unknownAccount(userName);
  return account;
}

export const unknownAccount = (userName: string) => new PermanentError(`There is no account ${printable(userName)}`);
