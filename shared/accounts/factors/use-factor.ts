import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { AccountRow } from '../account.ts';
import type { FactorContext } from '../context.ts';
import type { Factors } from './factor.ts';
import { verifyUse } from './passkey.ts';
import { withoutCode } from './recovery-codes.ts';
import { stepOf, useStep } from './totp.ts';

/** A code, as typed. */
export type CodeProof = { kind: 'totp'; code: string } | { kind: 'recoveryCode'; code: string };

/** Proof of a second factor. */
export type FactorProof = CodeProof | { kind: 'passkey'; response: AuthenticationResponseJSON };

/**
 * Checks a second factor. The factor is used up when the returned changes are written, on condition that the account is as it
 * was read.
 *
 * @param passkeyChallenge that a passkey has to sign; none where only codes are taken
 * @returns the changes that use it up; nothing when it is wrong or used up
 */
export async function useFactor(
  { clock, keys, service }: FactorContext,
  { account, totp, passkeys = [], recoveryCodes = [] }: AccountRow,
  proof: FactorProof,
  passkeyChallenge?: string,
): Promise<Factors | undefined> {
  switch (proof.kind) {
    case 'totp': {
      if (!totp) return undefined;
      const { usedStep } = totp;
      const step = await stepOf(keys, account, totp, { code: proof.code, usedStep, now: clock.now() });
      return step === undefined ? undefined : { totp: await useStep(keys, account, totp, step) };
    }
    case 'recoveryCode': {
      const left = withoutCode(recoveryCodes, proof.code);
      return left && { recoveryCodes: left };
    }
    case 'passkey': {
      const passkey = passkeys.find(({ id }) => id === proof.response.id);
      if (!passkey || passkeyChallenge === undefined) return undefined;
      const counter = await verifyUse(service, proof.response, { challenge: passkeyChallenge, passkey });
      if (counter === undefined) return undefined;
      const used = { ...passkey, counter, usedAt: clock.now() };
      return { passkeys: passkeys.map((other) => (other === passkey ? used : other)) };
    }
    default:
      return proof satisfies never;
  }
}
