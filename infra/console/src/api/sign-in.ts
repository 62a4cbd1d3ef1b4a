import * as z from 'zod';
import { call, pathOf } from './call.ts';
import { ApiError } from './error.ts';

/** The session is in a cookie that no script reads. */
const signedIn = z.object({ changePassword: z.literal(true).optional(), addSecondFactor: z.literal(true).optional() });

const factorDue = z.object({
  challenge: z.string(),
  factors: z.array(z.enum(['totp', 'passkey', 'recoveryCode'])),
  passkey: z.custom<PublicKeyCredentialRequestOptionsJSON>((value) => typeof value === 'object').optional(),
});

export type FactorDue = z.infer<typeof factorDue>;

/** @returns what the account asks for as a second factor, or nothing when it is signed in */
export async function authenticate(username: string, password: string): Promise<FactorDue | undefined> {
  const body = { username, password, cookie: true };
  try {
    await call({ method: 'POST', path: '/accounts/authenticate', body, schema: signedIn });
    return undefined;
  } catch (error) {
    const due = error instanceof ApiError ? factorDue.safeParse(error.body).data : undefined;
    if (due) return due;
    throw error;
  }
}

export type FactorProof = { totp: string } | { recoveryCode: string } | { passkey: unknown };

export const proveFactor = (challenge: string, proof: FactorProof) =>
  call({
    method: 'POST',
    path: '/accounts/authenticate/second-factor',
    body: { challenge, ...proof, cookie: true },
    schema: signedIn,
  });

/** Asks the browser for a passkey. @throws DOMException when the person gives none */
export async function askPasskey(options: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  return credential instanceof PublicKeyCredential ? credential.toJSON() : undefined;
}

/** Sets a new password, which ends all sessions of the account. */
export const changePassword = (userName: string, currentPassword: string, newPassword: string) =>
  call({
    method: 'PUT',
    path: pathOf`/accounts/user/${userName}/password`,
    body: { currentPassword, newPassword },
    schema: z.unknown(),
  });

/** Begins to add TOTP. @returns the secret in base32, and its URI for an authenticator app */
export const beginTotp = (userName: string, password: string) =>
  call({
    method: 'POST',
    path: pathOf`/accounts/user/${userName}/factors/totp`,
    body: { password },
    schema: z.object({ secret: z.string(), uri: z.string() }),
  });

/** Adds TOTP by a code of it. The first factor of an account ends all its sessions. @returns its recovery codes */
export const confirmTotp = (userName: string, totp: string) =>
  call({
    method: 'POST',
    path: pathOf`/accounts/user/${userName}/factors/totp/confirm`,
    body: { totp },
    schema: z.object({ recoveryCodes: z.array(z.string()).optional() }),
  });
