import { type AccountRow, endOfTokens } from '../account.ts';
import { hasFactor } from './factor.ts';
import type { newRecoveryCodes } from './recovery-codes.ts';

type Codes = ReturnType<typeof newRecoveryCodes>;

/**
 * The changes that come with an account's first factor: recovery codes, and the end of all tokens. A token that was given for the
 * password alone, to whom ever, opens an account with a second factor no more.
 */
export const firstFactor = (account: AccountRow, { hashes }: Codes): Partial<AccountRow> =>
  hasFactor(account) ? {} : { recoveryCodes: hashes, ...endOfTokens() };

/** The recovery codes for the client, if they came with its factor. */
export const shownOnce = ({ recoveryCodes }: AccountRow, { codes, hashes }: Codes): { recoveryCodes?: string[] } =>
  recoveryCodes === hashes ? { recoveryCodes: codes } : {};
