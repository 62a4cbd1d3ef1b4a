import { type AccountRow, endOfTokens, readAccount } from './account.ts';
import { userNameLimit } from './attempt-limit.ts';
import { beginAttempt, forgetAttempts, nameSubject } from './attempts.ts';
import type { AccountContext } from './context.ts';
import { type Actor, recordEvent } from './history.ts';
import { changeAccount, type Planned } from './manage-accounts.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';

export type PasswordChange =
  | { kind: 'changed' | 'wrong-password' | 'unknown' }
  /** @param wait milliseconds until the next try */
  | { kind: 'too-many'; wait: number };

/**
 * Replaces the password of an account whose present password is given, and ends all tokens of the account. Attempts count like
 * attempts to sign in.
 */
export async function changePassword(
  context: AccountContext,
  userName: string,
  { current, next }: { current: string; next: string },
  actor: Actor,
): Promise<PasswordChange> {
  const { db, tables } = context;
  const wait = await beginAttempt(context, nameSubject(userName), userNameLimit);
  if (wait > 0) return { kind: 'too-many', wait };
  const read = () => readAccount(db, tables.accounts, userName);
  const verified = (await read())?.passwordHash;
  if (!(await verifyPassword(current, verified)).matches) {
    await recordEvent(context, read, { event: 'sign-in refused', details: { result: 'wrong-password' } }, actor);
    return { kind: 'wrong-password' };
  }
  const passwordHash = await hashPassword(next);
  const outcome = await changeAccount(context, userName, actor, planOwnPassword(verified, passwordHash));
  if (!outcome) return { kind: 'unknown' };
  if ('refusal' in outcome) return { kind: 'wrong-password' };
  await forgetAttempts(context, nameSubject(userName));
  return { kind: 'changed' };
}

/**
 * Sets a password chosen by the owner, and ends all tokens; refused if the password changed since the verification.
 *
 * @param verified hash of the password that its owner knows
 */
export const planOwnPassword =
  (verified: string | undefined, passwordHash: string) =>
  (account: AccountRow): Planned<'wrong-password'> =>
    account.passwordHash === verified
      ? {
          changes: {
            passwordHash,
            passwordGenerated: false,
            passwordExpiresAt: undefined,
            changePassword: false,
            ...endOfTokens(),
          },
          event: 'password changed',
        }
      : { refusal: 'wrong-password' };
