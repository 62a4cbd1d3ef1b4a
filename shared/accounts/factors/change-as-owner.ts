import { type AccountRow, readAccount } from '../account.ts';
import { userNameLimit } from '../attempt-limit.ts';
import { beginAttempt, nameSubject, takeBackAttempt } from '../attempts.ts';
import type { FactorContext } from '../context.ts';
import { type Actor, recordEvent } from '../history.ts';
import { changeAccount, type Planned } from '../manage-accounts.ts';
import { verifyPassword } from '../password-hash.ts';
import type { Factors } from './factor.ts';
import { type CodeProof, useFactor } from './use-factor.ts';

/** Proof that the holder of a token is the account's owner: a stolen token alone changes no second factor. */
export type OwnerProof = { kind: 'password'; password: string } | CodeProof;

/** Owner of an account, with the proof of ownership. */
export interface AccountOwner {
  userName: string;
  proof: OwnerProof;
  actor: Actor;
}

export type OwnerChange<Refusal> =
  | { kind: 'changed'; account: AccountRow }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'wrong-proof' | 'unknown' }
  /** @param wait milliseconds until the next try */
  | { kind: 'too-many'; wait: number };

/**
 * Changes an account after its owner has proved ownership. Attempts count like attempts to sign in.
 *
 * @param plan like that of `changeAccount`; a code given as proof is used up in the same transaction
 */
export async function changeAsOwner<Refusal>(
  context: FactorContext,
  { userName, proof, actor }: AccountOwner,
  plan: (account: AccountRow) => Planned<Refusal> | Promise<Planned<Refusal>>,
): Promise<OwnerChange<Refusal>> {
  const subject = nameSubject(userName);
  const wait = await beginAttempt(context, subject, userNameLimit);
  if (wait > 0) return { kind: 'too-many', wait };
  const read = () => readAccount(context.db, context.tables.accounts, userName);
  const prove = await prover(context, proof, read);
  const outcome = await changeAccount<Exclude<OwnerChange<Refusal>, { kind: 'changed' }>>(
    context,
    userName,
    actor,
    async (account) => {
      const proven = await prove(account);
      if (!proven) return { refusal: { kind: 'wrong-proof' } };
      const planned = await plan({ ...account, ...proven });
      if ('refusal' in planned) return { refusal: { kind: 'refused', refusal: planned.refusal } };
      return { ...planned, changes: { ...proven, ...planned.changes } };
    },
  );
  if (!outcome) return { kind: 'unknown' };
  if ('refusal' in outcome && outcome.refusal.kind === 'wrong-proof') {
    const details = { result: `wrong-${proof.kind}` };
    await recordEvent(context, read, { event: 'sign-in refused', details }, actor);
    return outcome.refusal;
  }
  await takeBackAttempt(context, subject);
  return 'refusal' in outcome ? outcome.refusal : { kind: 'changed', account: outcome.account };
}

/** The password is hashed once, however often the account changes meanwhile. */
async function prover(
  context: FactorContext,
  proof: OwnerProof,
  read: () => Promise<AccountRow | undefined>,
): Promise<(account: AccountRow) => Promise<Factors | undefined>> {
  if (proof.kind !== 'password') return (account) => useFactor(context, account, proof);
  const verified = (await read())?.passwordHash;
  const { matches } = await verifyPassword(proof.password, verified);
  return async ({ passwordHash }) => (matches && passwordHash === verified ? {} : undefined);
}
