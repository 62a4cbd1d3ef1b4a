import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { readToken, tokenHash } from '../auth/signed-token.ts';

/** Bytes of a session's id. */
export const idLength = 16;

/**
 * Makes an opaque token, of 64 characters: 16 bytes of the session's id, 28 random bytes, and the CRC-32 of both, so that a
 * made-up or mistyped token is refused without a read.
 */
export function makeToken(id: Buffer): string {
  const bytes = Buffer.concat([id, randomBytes(32)]);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 44)), 44);
  return bytes.toString('base64url');
}

/**
 * An opaque token begins with its session's id. The session of a signed token has the token's hash for an id: nobody else can
 * have made a token that is known here, so its signature need not be verified.
 */
export function sessionKey(token: string): { sessionId: string; hash: string } | undefined {
  if (/^[\w-]{64}$/.test(token)) {
    const bytes = Buffer.from(token, 'base64url');
    if (crc32(bytes.subarray(0, 44)) !== bytes.readUInt32BE(44)) return undefined;
    return { sessionId: bytes.toString('base64url', 0, idLength), hash: hashOf(token) };
  }
  const signed = readToken(token);
  const hash = signed && tokenHash(signed);
  return hash === undefined ? undefined : { sessionId: hash, hash };
}

/** Id of the session of a token. */
export const sessionIdOf = (token: string): string | undefined => sessionKey(token)?.sessionId;

/** A token for connections, as the table `sessions` keeps it: it belongs to a session and is none. */
export interface LiveTokenRow {
  sessionId: string;
  /** Id of the session that it connects. */
  ofSession: string;
  tokenHash: string;
  /** In milliseconds since 1970. */
  endsAt: number;
  /** `endsAt` in seconds, when DynamoDB removes the row. */
  expiresAt: number;
}

export const isLiveToken = (row: object): row is LiveTokenRow => 'ofSession' in row;

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
