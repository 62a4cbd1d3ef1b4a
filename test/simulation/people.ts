import { type AccountRow, blockReason, endOfTokens } from '../../shared/accounts/account.ts';
import { planOwnPassword } from '../../shared/accounts/change-password.ts';
import { changeAccount } from '../../shared/accounts/manage-accounts.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { TransientError } from '../../shared/platform/errors.ts';
import type { Deed } from './operator.ts';
import type { Random } from './random.ts';

const actor = { by: 'a person', address: '192.0.2.1' };
const ownPrefix = 'own, in place of ';

/** The hash of the one-time password that an account had before its owner set passwords, or still has. */
export const oneTimeHashOf = (passwordHash: string | undefined): string | undefined =>
  passwordHash?.startsWith(ownPrefix) ? passwordHash.slice(ownPrefix.length) : passwordHash;

/** Some people set passwords of their own; an administrator blocks some accounts and unblocks others. */
export const useAccounts =
  (random: Random): Deed =>
  async (desk) => {
    const accounts = await Array.fromAsync(scan<AccountRow>(desk.db, desk.tables.accounts));
    // Between the sign-in and the new password much may happen.
    await desk.clock.sleep(random.pick([0, 60_000]) * random.next());
    for (const account of accounts) {
      const act = random.pick([setOwnPassword, setOwnPassword, toggleBlock]);
      // Whoever finds others at the same account tries again another time.
      await act?.(desk, account).catch((error) => {
        if (!(error instanceof TransientError)) throw error;
      });
    }
  };

type Act = (desk: Parameters<Deed>[0], account: AccountRow) => Promise<unknown>;

/** The owner has signed in a moment before, which nobody can whose access is disabled or whose account is blocked. */
const setOwnPassword: Act = async (desk, account) => {
  if (blockReason(account) !== undefined) return;
  const { userName, passwordHash } = account;
  const plan = planOwnPassword(passwordHash, `${ownPrefix}${oneTimeHashOf(passwordHash)}`);
  await changeAccount(desk, userName, actor, plan);
};

const toggleBlock: Act = (desk, { userName }) =>
  changeAccount(desk, userName, actor, ({ blockLogin }) =>
    blockLogin
      ? { changes: { blockLogin: false }, event: 'unblocked' }
      : { changes: { blockLogin: true, ...endOfTokens() }, event: 'blocked' },
  );
