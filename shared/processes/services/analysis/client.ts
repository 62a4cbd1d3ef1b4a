import { type AccountRow, blockReason, readAccount } from '../../../accounts/account.ts';
import { accountIdOf } from '../../../accounts/membership.ts';
import { projectNoOf } from '../../../users/enabled-project.ts';
import type { WorkspaceViewer } from '../../../workspaces/users.ts';
import { userOf } from '../../../workspaces/users.ts';
import type { ProcessContext } from '../../context.ts';
import type { ClientAccount } from '../../rows.ts';
import type { Order } from '../service.ts';

/** The account in whose workspace an order runs: the owner of the project, or who has accepted the offer in one of DST. */
export function clientAccountOf({ project: { owner }, process }: Order): ClientAccount | undefined {
  return owner.kind === 'account' ? owner : process.confirmedBy;
}

/**
 * That account as a user of workspaces, with the project that its access is for now.
 *
 * @returns undefined when the account is gone or blocked, or has no enabled access to the project
 */
export async function clientOf(
  context: ProcessContext,
  order: Order,
  projectNo: string,
): Promise<WorkspaceViewer | undefined> {
  const account = await readClient(context, order);
  if (!account || (await projectNoOf(context, account)) !== projectNo) return undefined;
  return { ...(await userOf(context.workspaces, account)), projectNo };
}

async function readClient(context: ProcessContext, order: Order): Promise<AccountRow | undefined> {
  const client = clientAccountOf(order);
  const account = client && (await readAccount(context.db, context.tables.accounts, client.account));
  return account && accountIdOf(account) === client.id && blockReason(account) === undefined ? account : undefined;
}
