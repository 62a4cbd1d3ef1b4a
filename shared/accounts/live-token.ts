import { randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../platform/dynamodb.ts';
import type { AccountContext } from './context.ts';
import { hashOf, idLength, isLiveToken, type LiveTokenRow, makeToken, sessionKey } from './opaque-token.ts';
import { type OpenSession, openSession, type SessionRow } from './session.ts';

/** Milliseconds for the first message of a connection. */
const liveTokenTime = 60_000;

/**
 * Makes a token that opens connections to the WebSocket API and nothing else. The page of the console does not know the token
 * of its session, and a browser sends a cookie to the origin that set it alone.
 *
 * @param session id of the session that the connection is of: it ends the connection
 * @returns the token, and its end in milliseconds since 1970
 */
export async function makeLiveToken(
  { db, clock, tables }: AccountContext,
  session: string,
): Promise<{ token: string; endsAt: number }> {
  const id = randomBytes(idLength);
  const token = makeToken(id);
  const endsAt = clock.now() + liveTokenTime;
  const Item: LiveTokenRow = {
    sessionId: id.toString('base64url'),
    ofSession: session,
    tokenHash: hashOf(token),
    endsAt,
    expiresAt: Math.ceil(endsAt / 1_000),
  };
  await db.send(new PutCommand({ TableName: tables.sessions, Item }));
  return { token, endsAt };
}

/** @returns the session that a token for connections belongs to; nothing for any other token */
export async function authenticateLive(context: AccountContext, token: string): Promise<OpenSession | undefined> {
  const { db, clock, tables } = context;
  const key = sessionKey(token);
  const row = key && (await getItem<LiveTokenRow | SessionRow>(db, tables.sessions, { sessionId: key.sessionId }));
  if (!row || !isLiveToken(row) || row.tokenHash !== key.hash || row.endsAt <= clock.now()) return undefined;
  const session = await getItem<SessionRow>(db, tables.sessions, { sessionId: row.ofSession });
  return session && session.tokenExpiresAt > clock.now() ? openSession(context, session) : undefined;
}
