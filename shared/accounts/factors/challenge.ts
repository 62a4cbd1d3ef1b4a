import { createHash, randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../../platform/dynamodb.ts';
import { updateItem, type Write } from '../../platform/transaction.ts';
import type { AccountRow } from '../account.ts';
import type { AccountContext } from '../context.ts';

/**
 * A sign-in whose password was right and whose second factor is due, as the table `sessions` keeps it. It has neither `account`
 * nor `createdAt`, so the index that lists sessions leaves it out. Times are milliseconds since 1970.
 */
interface ChallengeRow {
  /** `challenge#` and SHA-256 of the challenge, which only the client knows. */
  sessionId: string;
  holder: string;
  /** The account's generation: a change of the password, a block and so on end the challenge, as they end tokens. */
  generation: string;
  /** Whether the client asked for a token that can be refreshed. */
  refreshable: boolean;
  /** The address that sent the password. */
  address: string;
  /**
   * Whether the attempt that the password began is still open: the first factor sent from the same address is part of that
   * attempt.
   */
  tryOpen?: boolean;
  /** Random bytes that a passkey has to sign; only for an account that has one. */
  passkeyChallenge?: string;
  endsAt: number;
  /** `endsAt` in seconds, when DynamoDB removes the row. */
  expiresAt: number;
}

/** Milliseconds in which the second factor must follow. */
const challengeTime = 5 * 60_000;

/** A challenge for the client. @param endsAt milliseconds since 1970, in whole seconds */
export interface Challenge {
  challenge: string;
  endsAt: number;
  passkeyChallenge?: string;
}

/** Begins the second step of a sign-in. */
export async function beginChallenge(
  { db, clock, tables }: AccountContext,
  { account, generation, passkeys = [] }: AccountRow,
  { refreshable, address }: { refreshable: boolean; address: string },
): Promise<Challenge> {
  const challenge = newChallenge();
  const passkeyChallenge = passkeys.length > 0 ? { passkeyChallenge: newChallenge() } : {};
  const endsAt = Math.floor((clock.now() + challengeTime) / 1_000) * 1_000;
  const Item: ChallengeRow = {
    sessionId: keyOf(challenge),
    holder: account,
    generation,
    refreshable,
    address,
    tryOpen: true,
    ...passkeyChallenge,
    endsAt,
    expiresAt: endsAt / 1_000,
  };
  await db.send(new PutCommand({ TableName: tables.sessions, Item }));
  return { challenge, endsAt, ...passkeyChallenge };
}

/** 256 random bits. */
export const newChallenge = (): string => randomBytes(32).toString('base64url');

/** Reads a challenge that has not ended and was not used. */
export async function readChallenge(
  { db, clock, tables }: AccountContext,
  challenge: string,
): Promise<ChallengeRow | undefined> {
  const row = await getItem<ChallengeRow>(db, tables.sessions, { sessionId: keyOf(challenge) });
  return row && row.endsAt > clock.now() ? row : undefined;
}

/**
 * Continues the attempt that the password has counted. Otherwise the wait after wrong attempts would come between the password
 * and the factor, each time anew.
 *
 * @returns whether the attempt was still open and came from the same address
 */
export async function continueTry(
  { db, tables }: AccountContext,
  { sessionId, address }: ChallengeRow,
  from: string,
): Promise<boolean> {
  if (address !== from) return false;
  const outcome = await updateItem(db, {
    TableName: tables.sessions,
    Key: { sessionId },
    ConditionExpression: 'attribute_exists(tryOpen)',
    UpdateExpression: 'REMOVE tryOpen',
  });
  return outcome === 'committed';
}

/** Uses up a challenge; refused if another request has used it. */
export const challengeUse = ({ tables }: Pick<AccountContext, 'tables'>, { sessionId }: ChallengeRow): Write => ({
  Delete: {
    TableName: tables.sessions,
    Key: { sessionId },
    ConditionExpression: 'attribute_exists(sessionId)',
  },
});

const keyOf = (challenge: string): string => `challenge#${createHash('sha256').update(challenge).digest('base64url')}`;
