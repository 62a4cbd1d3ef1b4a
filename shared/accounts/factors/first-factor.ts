import { type AccountRow, endOfTokens } from '../account.ts';
import { hasFactor } from './factor.ts';
import type { newRecoveryCodes } from './recovery-codes.ts';

type Codes = ReturnType<typeof newRecoveryCodes>;

/**
 * The changes that come with an account's first factor: recovery codes, and the end of all tokens. So no token issued for the
 * password alone opens an account with a second factor.
 */
export const firstFactor = (account: AccountRow, { hashes }: Codes): Partial<AccountRow> =>
  hasFactor(account) ? {} : { recoveryCodes: hashes, ...endOfTokens() };

/** The recovery codes for the client, if they came with its factor. */
export const shownOnce = ({ recoveryCodes }: AccountRow, { codes, hashes }: Codes): { recoveryCodes?: string[] } =>
  recoveryCodes === hashes ? { recoveryCodes: codes } : {};
