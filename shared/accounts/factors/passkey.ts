import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { SignInService } from '../context.ts';
import type { Passkey } from './factor.ts';

/** Milliseconds in which a browser's answer must follow. */
export const passkeyTime = 5 * 60_000;

/** EdDSA, ES256 and RS256, which all authenticators have one of (COSE's numbers). */
const supportedAlgorithmIDs = [-8, -7, -257];

/** Loaded when the first passkey is used: others should not wait for it at a cold start. */
const load = () => import('@simplewebauthn/server');

/** Options that a browser makes a passkey with, for `navigator.credentials.create`. The password is the other factor. */
export async function creationOptions(
  { name: rpName, domain: rpID }: SignInService,
  { userName, passkeys, challenge }: { userName: string; passkeys: readonly Passkey[]; challenge: string },
) {
  const { generateRegistrationOptions } = await load();
  return generateRegistrationOptions({
    rpName,
    rpID,
    userName,
    userDisplayName: userName,
    challenge: Buffer.from(challenge, 'base64url'),
    timeout: passkeyTime,
    attestationType: 'none',
    excludeCredentials: passkeys.map(describe),
    authenticatorSelection: { residentKey: 'discouraged', userVerification: 'preferred' },
    supportedAlgorithmIDs,
  });
}

/** Options that a browser uses a passkey with, for `navigator.credentials.get`. */
export async function requestOptions(
  { domain: rpID }: SignInService,
  { passkeys, challenge }: { passkeys: readonly Passkey[]; challenge: string },
) {
  const { generateAuthenticationOptions } = await load();
  return generateAuthenticationOptions({
    rpID,
    challenge: Buffer.from(challenge, 'base64url'),
    timeout: passkeyTime,
    allowCredentials: passkeys.map(describe),
    userVerification: 'preferred',
  });
}

const describe = ({ id, transports }: Passkey) => ({ id, transports: [...transports] });

/** Checks a browser's answer to `creationOptions`. @returns the new key; nothing when the answer is wrong */
export async function verifyCreation(
  service: SignInService,
  response: RegistrationResponseJSON,
  challenge: string,
): Promise<Pick<Passkey, 'id' | 'publicKey' | 'counter' | 'transports'> | undefined> {
  const { verifyRegistrationResponse } = await load();
  const { registrationInfo } = await unlessThrown(() =>
    verifyRegistrationResponse({ ...expected(service, response, challenge), response, supportedAlgorithmIDs }),
  );
  // The schema limits the id that was sent; the signed one must be no other.
  if (registrationInfo?.credential.id !== response.id) return undefined;
  const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
  return { id, publicKey: Buffer.from(publicKey).toString('base64url'), counter, transports };
}

/**
 * Checks a browser's answer to `requestOptions`.
 *
 * @returns the counter that the authenticator has now; nothing when the answer is wrong, or the counter shows a copied key
 */
export async function verifyUse(
  service: SignInService,
  response: AuthenticationResponseJSON,
  { challenge, passkey }: { challenge: string; passkey: Passkey },
): Promise<number | undefined> {
  const { verifyAuthenticationResponse } = await load();
  const { id, publicKey, counter } = passkey;
  const credential = { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter };
  const { verified, authenticationInfo } = await unlessThrown(() =>
    verifyAuthenticationResponse({ ...expected(service, response, challenge), response, credential }),
  );
  return verified ? authenticationInfo?.newCounter : undefined;
}

type Response = RegistrationResponseJSON | AuthenticationResponseJSON;

const expected = ({ domain, origins }: SignInService, { response }: Response, expectedChallenge: string) => ({
  expectedChallenge,
  expectedOrigin: domain === 'localhost' ? [...origins, ...localOrigin(response.clientDataJSON)] : [...origins],
  expectedRPID: domain,
  // Touching the authenticator is enough: the password was right.
  requireUserVerification: false,
});

/** The origin of the page, if it is a page of this machine: on any port, which no setting knows. */
function localOrigin(clientData: string): string[] {
  const { origin } = JSON.parse(Buffer.from(clientData, 'base64url').toString('utf8'));
  return /^http:\/\/localhost(:\d+)?$/.test(origin) ? [origin] : [];
}

/** An answer of any form may have been sent, and the library throws for each its own error, which may quote the challenge. */
async function unlessThrown<Verified>(verify: () => Promise<Verified>): Promise<Partial<Verified>> {
  try {
    return await verify();
  } catch {
    return {};
  }
}
