import { randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem, getItems, query, updateExpression } from '../platform/dynamodb.ts';
import { updateItem } from '../platform/transaction.ts';
import { type AccountRow, blockReason, readAccount } from './account.ts';
import type { AccountContext } from './context.ts';
import { type AccountEvent, type Actor, recordEvent } from './history.ts';
import { KnownSessions } from './known-sessions.ts';
import { hashOf, isLiveToken, makeToken, sessionKey } from './opaque-token.ts';

/**
 * A sign-in that lasts, as the table `sessions` keeps it: tokens are there as SHA-256 only. A signed token has a session of its
 * own. Times are milliseconds since 1970.
 */
export interface SessionRow {
  sessionId: string;
  account: string;
  /** The account's generation at sign-in: the session is over when the account has another one. */
  generation: string;
  tokenHash: string;
  tokenExpiresAt: number;
  refreshHash?: string;
  /** The refresh token of before, for a client whose answer was lost. */
  previousRefreshHash?: string;
  refreshedAt?: number;
  /** Whether the session may do nothing but change the password and end. */
  restricted: boolean;
  createdAt: number;
  /** When the account signed in, where another token was shown for this one. */
  signedInAt?: number;
  /** The address that signed in. */
  address: string;
  userAgent?: string | undefined;
  endsAt: number;
  /** `endsAt` in seconds, when DynamoDB removes the row. */
  expiresAt: number;
}

/** Tokens of a session, which only its client knows. Times are milliseconds since 1970. */
export interface Tokens {
  token: string;
  expiresAt: number;
  refreshToken?: string;
  refreshExpiresAt?: number;
}

/** The table's one index: by account, in the order of time. */
export const accountIndex = { indexName: 'byAccount', partitionKey: 'account', sortKey: 'createdAt' } as const;

/** Milliseconds: of a session that is not refreshed, of a token that can be, and of the longest session. */
const sessionTime = 12 * 3_600_000;
const tokenTime = 15 * 60_000;
export const refreshableTime = 30 * 24 * 3_600_000;

/** Milliseconds in which a refresh token may be used again by a client that did not get the answer. */
const graceTime = 60_000;

export interface SignIn {
  restricted: boolean;
  /** Whether the client will ask for new tokens. */
  refreshable: boolean;
  address: string;
  userAgent?: string | undefined;
}

/** Begins a session of an account. */
export async function beginSession(
  { db, clock, tables }: AccountContext,
  { account, generation }: AccountRow,
  { restricted, refreshable, address, userAgent }: SignIn,
): Promise<Tokens> {
  const now = clock.now();
  const id = randomBytes(16);
  // Whole seconds, as clients get them.
  const endsAt = wholeSeconds(now + (refreshable ? refreshableTime : sessionTime));
  const { tokens, hashes } = newTokens(id, refreshable, endsAt, now);
  const Item: SessionRow = {
    sessionId: id.toString('base64url'),
    account,
    generation,
    ...hashes,
    restricted,
    address,
    ...(userAgent !== undefined && { userAgent }),
    createdAt: now,
    endsAt,
    expiresAt: Math.ceil(endsAt / 1_000),
  };
  await db.send(new PutCommand({ TableName: tables.sessions, Item }));
  return tokens;
}

/** A session that has not ended, and its account. */
export interface OpenSession {
  session: SessionRow;
  account: AccountRow;
}

/**
 * @param token an opaque one, or a signed one as `readToken` takes it
 * @param sessions what the caller remembers of sessions
 * @returns the session and the account of a token that is valid now, or nothing
 */
export async function authenticate(
  context: AccountContext,
  token: string,
  sessions = new KnownSessions(),
): Promise<OpenSession | undefined> {
  const found = await findSession(context, token, sessions);
  if (!found) return undefined;
  const { session, account, hash } = found;
  return session.tokenHash === hash && session.tokenExpiresAt > context.clock.now() ? { session, account } : undefined;
}

/**
 * Gives a session new tokens for its refresh token, which is used up. One that is used a second time was stolen from, or by,
 * its client: the session ends.
 *
 * @param origin of the request, for the account's history
 */
export async function refreshSession(
  context: AccountContext,
  refreshToken: string,
  origin: Omit<Actor, 'by'>,
): Promise<Tokens | undefined> {
  const found = await findSession(context, refreshToken);
  if (!found?.session.refreshHash) return undefined;
  const { db, clock, tables } = context;
  const { session, hash } = found;
  const { sessionId, refreshHash, previousRefreshHash, refreshedAt = 0, endsAt } = session;
  const now = clock.now();
  const isRepeat = hash === previousRefreshHash && now - refreshedAt < graceTime;
  if (hash !== refreshHash && !isRepeat) {
    // Only a token of this session has its id, which is as secret as the token.
    if (hash !== session.tokenHash) await endSession(context, session, reuse, { by: 'the gateway', ...origin });
    return undefined;
  }
  const { tokens, hashes } = newTokens(Buffer.from(sessionId, 'base64url'), true, endsAt, now);
  const changes = { ...hashes, previousRefreshHash: hash, refreshedAt: isRepeat ? refreshedAt : now };
  const outcome = await updateItem(db, {
    TableName: tables.sessions,
    Key: { sessionId },
    ConditionExpression: 'refreshHash = :read',
    ...updateExpression(changes, { ':read': refreshHash }),
  });
  // Another request with the same token came first: this one, tried again, is a repeat.
  return outcome === 'committed' ? tokens : refreshSession(context, refreshToken, origin);
}

const reuse: AccountEvent = { event: 'session ended', details: { reason: 'a refresh token was used again' } };

/** Ends a session, once. The event, in the same transaction, has the connections that the session opened closed. */
export async function endSession(
  context: AccountContext,
  { sessionId, account }: Pick<SessionRow, 'sessionId' | 'account'>,
  event: AccountEvent,
  actor: Actor,
): Promise<void> {
  const { db, tables } = context;
  const end = {
    Delete: { TableName: tables.sessions, Key: { sessionId }, ConditionExpression: 'attribute_exists(sessionId)' },
  };
  const read = async () => {
    const session = await getItem<SessionRow>(db, tables.sessions, { sessionId });
    return session && readAccount(db, tables.accounts, account);
  };
  await recordEvent(context, read, event, actor, [end]);
}

/** Sessions of an account that have not ended, the newest first. The index may lag behind by a moment. */
export async function listSessions(
  { db, clock, tables }: AccountContext,
  { account, generation }: AccountRow,
): Promise<SessionRow[]> {
  const rows = await Array.fromAsync(
    query<SessionRow>(db, {
      TableName: tables.sessions,
      IndexName: accountIndex.indexName,
      ConsistentRead: false,
      KeyConditionExpression: 'account = :account',
      ExpressionAttributeValues: { ':account': account },
      ScanIndexForward: false,
    }),
  );
  return rows.filter((row) => row.generation === generation && row.endsAt > clock.now());
}

/** The session of a token, if neither it nor its account has ended. */
async function findSession(context: AccountContext, token: string, sessions = new KnownSessions()) {
  const key = sessionKey(token);
  if (!key || sessions.isGone(key.sessionId)) return undefined;
  const { sessionId, hash } = key;
  const { session, known } = await readSession(context, sessionId, sessions.accountOf(sessionId));
  // A token for connections is in the same table, and is no session.
  if (session && isLiveToken(session)) return undefined;
  // A signed token can be made again in the same second, with the same id of its session.
  if (session || sessionId !== hash) sessions.remember(sessionId, session?.account);
  const open = session && (await openSession(context, session, known));
  return open && { ...open, hash };
}

/** A session and its account, unless either has ended. @param known the account, where it has just been read */
export async function openSession(
  { db, clock, tables }: AccountContext,
  session: SessionRow,
  known?: AccountRow,
): Promise<OpenSession | undefined> {
  if (session.endsAt <= clock.now()) return undefined;
  const account = known ?? (await getItem<AccountRow>(db, tables.accounts, { account: session.account }));
  if (!account || account.generation !== session.generation || blockReason(account) !== undefined) return undefined;
  return { session, account };
}

/** Reads a session, and its account at the same time where its name is known: a session keeps its account. */
async function readSession(
  { db, clock, tables }: AccountContext,
  sessionId: string,
  account: string | undefined,
): Promise<{ session?: SessionRow | undefined; known?: AccountRow | undefined }> {
  if (account === undefined) return { session: await getItem<SessionRow>(db, tables.sessions, { sessionId }) };
  const rows = await getItems(db, clock, { [tables.sessions]: { sessionId }, [tables.accounts]: { account } });
  return {
    session: rows.get(tables.sessions) as SessionRow | undefined,
    known: rows.get(tables.accounts) as AccountRow | undefined,
  };
}

function newTokens(id: Buffer, refreshable: boolean, endsAt: number, now: number) {
  const make = () => makeToken(id);
  const tokens: Tokens = {
    token: make(),
    expiresAt: refreshable ? Math.min(endsAt, wholeSeconds(now + tokenTime)) : endsAt,
    ...(refreshable && { refreshToken: make(), refreshExpiresAt: endsAt }),
  };
  const hashes = {
    tokenHash: hashOf(tokens.token),
    tokenExpiresAt: tokens.expiresAt,
    ...(tokens.refreshToken !== undefined && { refreshHash: hashOf(tokens.refreshToken) }),
  };
  return { tokens, hashes };
}

const wholeSeconds = (milliseconds: number) => Math.floor(milliseconds / 1_000) * 1_000;
