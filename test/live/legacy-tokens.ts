import { generateKeyPairSync } from 'node:crypto';
import { signToken, verifyToken } from '../../shared/auth/signed-token.ts';
import type { Authenticate } from '../../shared/live/authenticate.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const now = () => Math.floor(Date.now() / 1_000);

/** The token of a user with devices. @param time of the issue, in seconds since 1970 */
export const userToken = (uid: number, belongs: string[], time = now()) =>
  signToken({ code: `user-${uid}@testing.example`, id: uid, perm: 0, time, belongs }, privateKey);

/** The token of a device. */
export const deviceToken = (code: string, time = now()) =>
  signToken({ code, id: 7, perm: -1, time, belongs: null }, privateKey);

/** Owners of such tokens: devices and their users share a channel. */
export const legacyAuthenticate: Authenticate = async (token) => {
  const { code, id: uid, belongs, perm, time } = await verifyToken(token, async () => [publicKey], Date.now());
  const isUser = code.includes('@');
  return {
    id: isUser ? uid : code,
    channel: belongs === null ? code : (belongs[0] ?? String(uid)),
    ...{ code, uid, belongs, isUser, permissions: perm, validUntil: (time + 129_600) * 1_000 },
  };
};
