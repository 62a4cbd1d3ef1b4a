import { randomBytes } from 'node:crypto';
import { generateURI, ScureBase32Plugin, verify } from 'otplib';
import type { PasswordKeys } from '../../platform/password-keys.ts';
import type { Totp } from './factor.ts';
import { type Sealed, seal, unseal } from './seal.ts';

/** Bytes of a secret: those of HMAC-SHA-1 (RFC 4226), which every app knows. */
const secretLength = 20;

/** Seconds of a time step, and seconds by which the clock of an app may be off: one step either way (RFC 6238). */
const period = 30;
const epochTolerance = period;

/** @returns a new secret in base32, its URI for a QR code, and what a table keeps of it */
export async function newTotp(
  keys: PasswordKeys,
  { account, label, issuer }: { account: string; label: string; issuer: string },
) {
  const bytes = randomBytes(secretLength);
  const secret = new ScureBase32Plugin().encode(bytes);
  const sealed = await seal(keys, account, bytes);
  return { secret, uri: generateURI({ issuer, label, secret, period }), sealed };
}

/**
 * The time step whose code this is.
 *
 * @param code as typed
 * @param usedStep steps up to it are used up
 * @param now milliseconds since 1970
 * @returns nothing when the code is wrong or used up
 */
export async function stepOf(
  keys: PasswordKeys,
  account: string,
  stored: Sealed,
  { code, usedStep, now }: { code: string; usedStep: number; now: number },
): Promise<number | undefined> {
  const token = code.replaceAll(' ', '');
  if (!/^[0-9]{6}$/.test(token)) return undefined;
  const secret = await unseal(keys, account, stored);
  const result = await verify({ secret, token, epoch: Math.floor(now / 1_000), period, epochTolerance });
  if (!result.valid || !('timeStep' in result) || result.timeStep <= usedStep) return undefined;
  return result.timeStep;
}

/** The factor after a code of it was used, sealed with the current key. */
export async function useStep(keys: PasswordKeys, account: string, totp: Totp, usedStep: number): Promise<Totp> {
  const { keyId } = await keys.current();
  const sealed = keyId === totp.keyId ? {} : await seal(keys, account, await unseal(keys, account, totp));
  return { ...totp, ...sealed, usedStep };
}
