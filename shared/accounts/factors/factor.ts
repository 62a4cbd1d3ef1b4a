import type { Sealed } from './seal.ts';

/** Second factors of an account, as its row keeps them. Times are milliseconds since 1970. */
export interface Factors {
  totp?: Totp | undefined;
  /** A secret that was shown, and counts from the first right code on. */
  pendingTotp?: (Sealed & { expiresAt: number }) | undefined;
  /** SHA-256 of the recovery codes that are left. */
  recoveryCodes?: readonly string[] | undefined;
}

/** An app that shows a code for each time step. */
export interface Totp extends Sealed {
  createdAt: number;
  /** The newest time step whose code was used: it and the ones before are used up. */
  usedStep: number;
}

/** Ways to prove the second factor at a sign-in. */
export const factorKinds = ['totp', 'recoveryCode'] as const;
export type FactorKind = (typeof factorKinds)[number];

/** Whether signing in takes more than the password. Recovery codes alone are no factor: they stand in for a lost one. */
export const hasFactor = ({ totp }: Factors): boolean => totp !== undefined;

/** The ways that an account may prove its second factor; none when it has no factor. */
export function kindsOf(factors: Factors): FactorKind[] {
  if (!hasFactor(factors)) return [];
  const { totp, recoveryCodes = [] } = factors;
  const has = { totp: totp !== undefined, recoveryCode: recoveryCodes.length > 0 };
  return factorKinds.filter((kind) => has[kind]);
}

/** The change that takes every second factor from an account. */
export const withoutFactors = { totp: undefined, pendingTotp: undefined, recoveryCodes: undefined } satisfies Factors;
