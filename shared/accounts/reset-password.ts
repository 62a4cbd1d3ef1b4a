import { endOfTokens } from './account.ts';
import { forgetAttempts, nameSubject } from './attempts.ts';
import type { AccountContext } from './context.ts';
import { generatedPasswordTime, generatePassword } from './generated-password.ts';
import type { Actor } from './history.ts';
import { changeAccount } from './manage-accounts.ts';
import { hashPassword } from './password-hash.ts';

/**
 * Replaces the password of an account by a generated one, which has to be changed at the first sign-in, and ends all tokens.
 *
 * @returns the password, which is stored nowhere, and its expiry in milliseconds since 1970; undefined if there is no such
 *   account
 */
export async function resetAccountPassword(
  context: AccountContext,
  userName: string,
  actor: Actor,
): Promise<{ password: string; expiresAt: number } | undefined> {
  const now = context.clock.now();
  const password = generatePassword();
  const passwordHash = await hashPassword(password);
  const expiresAt = Math.ceil((now + generatedPasswordTime) / 1_000) * 1_000;
  const outcome = await changeAccount(context, userName, actor, () => ({
    changes: {
      passwordHash,
      passwordGenerated: true,
      passwordExpiresAt: expiresAt,
      changePassword: true,
      ...endOfTokens(),
    },
    event: 'password reset',
  }));
  if (!outcome) return undefined;
  await forgetAttempts(context, nameSubject(userName));
  return { password, expiresAt };
}
