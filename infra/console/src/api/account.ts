import * as z from 'zod';
import { call, pathOf } from './call.ts';
import { useResource } from './use-resource.ts';

const sessions = z.object({
  sessions: z.array(
    z.object({
      createdAt: z.string(),
      exp: z.string(),
      address: z.string(),
      userAgent: z.string(),
      current: z.boolean(),
    }),
  ),
});

/** Where an account is signed in. */
export const useSessions = (userName: string) =>
  useResource({
    path: pathOf`/accounts/user/${userName}/sessions`,
    schema: sessions,
    live: [`account#${userName}`],
  });

const factors = z.object({
  totp: z.object({ createdAt: z.string() }).optional(),
  passkeys: z.array(
    z.object({ id: z.string(), name: z.string(), createdAt: z.string(), usedAt: z.string().optional() }),
  ),
  recoveryCodes: z.number(),
});
export type Factors = z.infer<typeof factors>;

/** Second factors of an account, without their secrets. */
export const useFactors = (userName: string) =>
  useResource({ path: pathOf`/accounts/user/${userName}/factors`, schema: factors, live: [`account#${userName}`] });

/** @param factor `totp`, or the id of a passkey @param password of the account's owner */
export const removeFactor = (userName: string, factor: string, password: string) =>
  call({
    method: 'POST',
    path: pathOf`/accounts/user/${userName}/factors/${factor}/remove`,
    body: { password },
    schema: z.unknown(),
  });

/** Replaces the recovery codes. @param password of the account's owner @returns the new ones, this once */
export const renewRecoveryCodes = (userName: string, password: string) =>
  call({
    method: 'POST',
    path: pathOf`/accounts/user/${userName}/factors/recovery-codes`,
    body: { password },
    schema: z.object({ recoveryCodes: z.array(z.string()) }),
  });

/** Begins to add a passkey. @param password of the account's owner @returns options for the browser */
export const beginPasskey = (userName: string, password: string) =>
  call({
    method: 'POST',
    path: pathOf`/accounts/user/${userName}/factors/passkeys/options`,
    body: { password },
    schema: z.custom<PublicKeyCredentialCreationOptionsJSON>((value) => typeof value === 'object'),
  });

/** Has the browser make a passkey. @throws DOMException when the person makes none */
export async function makePasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  return credential instanceof PublicKeyCredential ? credential.toJSON() : undefined;
}

/** Adds a passkey. The first factor of an account ends all its sessions. @returns its recovery codes */
export const addPasskey = (userName: string, name: string, response: unknown) =>
  call({
    method: 'POST',
    path: pathOf`/accounts/user/${userName}/factors/passkeys`,
    body: { name, response },
    schema: z.object({ recoveryCodes: z.array(z.string()).optional() }),
  });
