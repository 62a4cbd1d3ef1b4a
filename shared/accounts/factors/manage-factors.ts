import { type AccountRow, endOfTokens } from '../account.ts';
import { userNameLimit } from '../attempt-limit.ts';
import { beginAttempt, nameSubject, takeBackAttempt } from '../attempts.ts';
import type { AccountContext, FactorContext } from '../context.ts';
import type { Actor } from '../history.ts';
import { changeAccount } from '../manage-accounts.ts';
import { type AccountOwner, changeAsOwner, type OwnerChange } from './change-as-owner.ts';
import { type Factors, hasFactor, withoutFactors } from './factor.ts';
import { firstFactor, shownOnce } from './first-factor.ts';
import { newRecoveryCodes } from './recovery-codes.ts';
import { newTotp, stepOf } from './totp.ts';

/** Milliseconds in which the first code of a new TOTP secret must follow. */
const pendingTime = 15 * 60_000;

/** Creates a TOTP secret and returns it once. The secret takes effect with `confirmTotp`. */
export async function beginTotp(
  context: FactorContext,
  owner: AccountOwner,
): Promise<{ secret: string; uri: string; change: OwnerChange<never> }> {
  const { keys, service, clock } = context;
  let shown = { secret: '', uri: '' };
  const change = await changeAsOwner<never>(context, owner, async ({ account, userName: label }) => {
    const { sealed, ...texts } = await newTotp(keys, { account, label, issuer: service.name });
    shown = texts;
    const pendingTotp = { ...sealed, expiresAt: clock.now() + pendingTime };
    return { changes: { pendingTotp }, event: 'second factor begun', details: { factor: 'totp' } };
  });
  return { ...shown, change };
}

/** `recoveryCodes` come with the first factor of an account, this once. */
export type Confirmation =
  | { kind: 'added'; recoveryCodes?: string[] }
  | { kind: 'wrong-code' | 'not-begun' | 'unknown' }
  /** @param wait milliseconds until the next try */
  | { kind: 'too-many'; wait: number };

/** Adds TOTP to an account after a code has shown that its owner's app has the secret. */
export async function confirmTotp(
  context: FactorContext,
  userName: string,
  code: string,
  actor: Actor,
): Promise<Confirmation> {
  const { clock, keys } = context;
  const subject = nameSubject(userName);
  const wait = await beginAttempt(context, subject, userNameLimit);
  if (wait > 0) return { kind: 'too-many', wait };
  const codes = newRecoveryCodes();
  const outcome = await changeAccount(context, userName, actor, async (account) => {
    const now = clock.now();
    const { pendingTotp } = account;
    if (!pendingTotp || pendingTotp.expiresAt <= now) return { refusal: 'not-begun' } as const;
    const { keyId, sealed } = pendingTotp;
    const usedStep = await stepOf(keys, account.account, pendingTotp, { code, usedStep: 0, now });
    if (usedStep === undefined) return { refusal: 'wrong-code' } as const;
    const totp = { keyId, sealed, createdAt: now, usedStep };
    return {
      changes: { totp, pendingTotp: undefined, ...firstFactor(account, codes) },
      event: 'second factor added',
      details: { factor: 'totp' },
    } as const;
  });
  if (!outcome) return { kind: 'unknown' };
  if ('refusal' in outcome) return { kind: outcome.refusal };
  await takeBackAttempt(context, subject);
  return { kind: 'added', ...shownOnce(outcome.account, codes) };
}

/** Removes a second factor of an account; with the last one the recovery codes. */
export const removeFactor = (
  context: FactorContext,
  owner: AccountOwner,
  factor: string,
): Promise<OwnerChange<'no-such-factor'>> =>
  changeAsOwner(context, owner, (account) => {
    const changes = removalOf(account, factor);
    if (!changes) return { refusal: 'no-such-factor' };
    const isLast = !hasFactor({ ...account, ...changes });
    return {
      changes: isLast ? withoutFactors : changes,
      event: 'second factor removed',
      details: { factor },
    };
  });

/** @param factor `totp`, or the id of a passkey */
function removalOf({ totp, passkeys = [] }: Factors, factor: string): Factors | undefined {
  if (factor === 'totp') return totp && { totp: undefined };
  const left = passkeys.filter(({ id }) => id !== factor);
  return left.length < passkeys.length ? { passkeys: left } : undefined;
}

/** Replaces the recovery codes of an account that has a second factor. @returns the new ones, this once */
export async function renewRecoveryCodes(
  context: FactorContext,
  owner: AccountOwner,
): Promise<{ codes: string[]; change: OwnerChange<'no-factor'> }> {
  const { codes, hashes } = newRecoveryCodes();
  const change = await changeAsOwner(context, owner, (account) =>
    hasFactor(account)
      ? {
          changes: { recoveryCodes: hashes },
          event: 'second factor added',
          details: { factor: 'recoveryCodes' },
        }
      : { refusal: 'no-factor' as const },
  );
  return { codes, change };
}

/**
 * Removes all second factors of an account whose owner has lost them, and ends its tokens.
 *
 * @returns the account; the refusal when it has none; nothing when there is no such account
 */
export const resetFactors = (
  context: AccountContext,
  userName: string,
  actor: Actor,
): Promise<{ account: AccountRow } | { refusal: 'no-factor' } | undefined> =>
  changeAccount(context, userName, actor, (account) =>
    hasFactor(account)
      ? {
          changes: { ...withoutFactors, ...endOfTokens() },
          event: 'second factor removed',
          details: { factor: 'all' },
        }
      : { refusal: 'no-factor' as const },
  );
