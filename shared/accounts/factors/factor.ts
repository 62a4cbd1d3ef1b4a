import type { Sealed } from './seal.ts';

/** Second factors of an account, as its row keeps them. Times are milliseconds since 1970. */
export interface Factors {
  totp?: Totp | undefined;
  /** A secret that was shown, and counts from the first right code on. */
  pendingTotp?: (Sealed & { expiresAt: number }) | undefined;
  passkeys?: readonly Passkey[] | undefined;
  /** Challenge of a passkey that is about to be added. */
  pendingPasskey?: { challenge: string; expiresAt: number } | undefined;
  /** SHA-256 of the recovery codes that are left. */
  recoveryCodes?: readonly string[] | undefined;
}

/** An app that shows a code for each time step. */
export interface Totp extends Sealed {
  createdAt: number;
  /** The newest time step whose code was used: it and the ones before are used up. */
  usedStep: number;
}

/** A key pair of WebAuthn, whose private key never leaves its owner's device or account. */
export interface Passkey {
  /** Credential id, base64url. */
  id: string;
  /** COSE key, base64url. */
  publicKey: string;
  /** Uses that the authenticator has counted; always 0 with one that does not count. */
  counter: number;
  /** Ways in which a browser reaches the authenticator. */
  transports: readonly string[];
  /** For its owner. */
  name: string;
  createdAt: number;
  usedAt?: number;
}

/** Ways to prove the second factor at a sign-in. */
export const factorKinds = ['totp', 'passkey', 'recoveryCode'] as const;
export type FactorKind = (typeof factorKinds)[number];

/** Whether signing in takes more than the password. Recovery codes alone are no factor: they stand in for a lost one. */
export const hasFactor = ({ totp, passkeys = [] }: Factors): boolean => totp !== undefined || passkeys.length > 0;

/** The ways that an account may prove its second factor; none when it has no factor. */
export function kindsOf(factors: Factors): FactorKind[] {
  if (!hasFactor(factors)) return [];
  const { totp, passkeys = [], recoveryCodes = [] } = factors;
  const has = { totp: totp !== undefined, passkey: passkeys.length > 0, recoveryCode: recoveryCodes.length > 0 };
  return factorKinds.filter((kind) => has[kind]);
}

/** The change that takes every second factor from an account. */
export const withoutFactors = {
  totp: undefined,
  pendingTotp: undefined,
  passkeys: undefined,
  pendingPasskey: undefined,
  recoveryCodes: undefined,
} satisfies Factors;
