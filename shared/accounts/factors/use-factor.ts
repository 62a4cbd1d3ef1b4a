import type { AccountRow } from '../account.ts';
import type { FactorContext } from '../context.ts';
import type { Factors } from './factor.ts';
import { withoutCode } from './recovery-codes.ts';
import { stepOf, useStep } from './totp.ts';

/** Proof of a second factor, as typed. */
export type FactorProof = { kind: 'totp'; code: string } | { kind: 'recoveryCode'; code: string };

/**
 * Checks a second factor. What was used is used up only with the write of the changes, which is conditional on the account as
 * it was read.
 *
 * @returns the changes that use it up; nothing when it is wrong or used up
 */
export async function useFactor(
  { clock, keys }: FactorContext,
  { account, totp, recoveryCodes }: AccountRow,
  proof: FactorProof,
): Promise<Factors | undefined> {
  switch (proof.kind) {
    case 'totp': {
      if (!totp) return undefined;
      const { usedStep } = totp;
      const step = await stepOf(keys, account, totp, { code: proof.code, usedStep, now: clock.now() });
      return step === undefined ? undefined : { totp: await useStep(keys, account, totp, step) };
    }
    case 'recoveryCode': {
      const left = withoutCode(recoveryCodes ?? [], proof.code);
      return left && { recoveryCodes: left };
    }
    default:
      return proof satisfies never;
  }
}
