import type { Write } from '../platform/transaction.ts';
import type { ProjectOwner } from './rows.ts';

/** The accounts that have projects of their own: of one that is deleted, its projects are removed. */
export const ownersScope = 'owners';

/** An account with projects of its own. */
export interface OwnerRow {
  scope: typeof ownersScope;
  /** Id of the account. */
  item: string;
  account: string;
}

/** The write that keeps an owner among those whose accounts are looked at. */
export const ownerWrites = (tables: { processes: string }, owner: ProjectOwner): Write[] => {
  if (owner.kind !== 'account') return [];
  const Item: OwnerRow = { scope: ownersScope, item: owner.id, account: owner.account };
  return [{ Put: { TableName: tables.processes, Item } }];
};
