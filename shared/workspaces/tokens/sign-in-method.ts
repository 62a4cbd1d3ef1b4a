import type { AccountRow } from '../../accounts/account.ts';
import type { WorkspacesContext } from '../context.ts';
import { refuse } from '../errors.ts';

export interface RequestOrigin {
  address: string;
  requestId: string;
  userAgent: string | undefined;
}

/**
 * Finds the account that credentials belong to, and its token.
 *
 * @throws Refusal in the words of the documented API
 */
export type SignInMethod = (
  context: WorkspacesContext,
  fields: Readonly<Record<string, unknown>>,
  origin: RequestOrigin,
  /** The account of a token that came along. */
  caller: AccountRow | undefined,
) => Promise<{ token: string; account: AccountRow }>;

export const incorrect = () => refuse(401, 'Incorrect authentication credentials.');
