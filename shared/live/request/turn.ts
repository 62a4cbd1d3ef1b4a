import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand, type UpdateCommandOutput } from '@aws-sdk/lib-dynamodb';
import { getItem, query, unlessRefused, updateExpression } from '../../platform/dynamodb.ts';
import { TransientError } from '../../platform/errors.ts';
import { farthest } from '../../platform/time.ts';
import { transact, tryAgain, untilCommitted, updateItem } from '../../platform/transaction.ts';
import type { ConnectionRow } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { maxLife, maxWaiting } from '../limits.ts';

// API Gateway invokes the function in parallel for the messages of one connection. One invocation at a time handles them, and
// others leave their messages to it. A message is taken before it is handled, so no crash makes it happen twice.

/** A message of a client, as API Gateway hands it over. */
export interface Arrival {
  connectionId: string;
  /** When it came, in milliseconds since 1970. */
  at: number;
  text: string;
}

/** A message that waits for its turn, as the table `channels` keeps it. */
export interface WaitingRow extends Arrival {
  /** `inbox#` and the connection's id. */
  channel: string;
  /** Orders by the time of arrival in thousandths of a millisecond, of which the last three digits are chance. */
  offset: number;
  /** Seconds since 1970. */
  expiresAt: number;
}

/** Milliseconds that an invocation can last. */
const longestInvocation = 60_000;

const inbox = (connectionId: string): string => `inbox#${connectionId}`;

/** The right to handle a connection's messages. */
export interface Turn {
  connection: ConnectionRow;
  /** Whether the invocation before broke off: what it has carried out is unknown. */
  hasBrokenOff: boolean;
}

/**
 * Takes the right to handle a connection's messages.
 *
 * @param deadline when the right ends, in milliseconds since 1970
 * @returns `busy` while another invocation has the right, `gone` when there is no such connection
 */
export async function takeTurn(
  { db, clock, tables }: LiveContext,
  connectionId: string,
  deadline: number,
): Promise<Turn | 'busy' | 'gone'> {
  const now = clock.now();
  const changes = { handler: randomUUID(), handledUntil: deadline, lastSeenAt: now };
  let answer: UpdateCommandOutput;
  try {
    answer = await db.send(
      new UpdateCommand({
        TableName: tables.connections,
        Key: { connectionId },
        // True also if the SDK repeats our own request because its answer was lost, or the other clock was ahead.
        ConditionExpression:
          'attribute_exists(connectionId) AND (attribute_not_exists(handledUntil) OR handledUntil <= :now OR handledUntil > :farthest OR #handler = :handler)',
        ...updateExpression(changes, { ':now': now, ':farthest': farthest(now, longestInvocation) }),
        ReturnValues: 'ALL_OLD',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item ? 'busy' : 'gone';
    throw error;
  }
  const before = answer.Attributes as ConnectionRow;
  const hasBrokenOff = before.handler !== undefined && before.handler !== changes.handler;
  return { connection: { ...before, ...changes }, hasBrokenOff };
}

/** Outcome of leaving a message to the invocation whose turn it is. */
type Recorded = 'recorded' | 'gone' | 'full';

/** Lets a message wait for its turn. Where it may not, nothing is left of it. */
export async function recordArrival(context: LiveContext, arrival: Arrival): Promise<Recorded> {
  const { db, clock, tables } = context;
  const { connectionId } = arrival;
  const row = await putWaiting(context, arrival);
  // After the message: an invocation that ends its turn at the old number has not seen the message, and the turn is free then.
  const outcome = await updateItem(db, {
    TableName: tables.connections,
    Key: { connectionId },
    ConditionExpression: 'waiting < :most',
    UpdateExpression: 'SET lastSeenAt = :now ADD arrived :one, waiting :one',
    ExpressionAttributeValues: { ':most': maxWaiting, ':now': clock.now(), ':one': 1 },
  });
  if (outcome === 'committed') return 'recorded';
  await takeWaiting(context, row);
  return (await readConnection(context, connectionId)) ? 'full' : 'gone';
}

/**
 * Counts a message that waits in its own invocation, because it must not be stored.
 *
 * @returns false when it may not wait: too many do, or the connection is gone
 */
export async function beginHolding({ db, tables }: LiveContext, connectionId: string): Promise<boolean> {
  const outcome = await updateItem(db, {
    TableName: tables.connections,
    Key: { connectionId },
    ConditionExpression: 'attribute_exists(connectionId) AND (attribute_not_exists(held) OR held < :most)',
    UpdateExpression: 'ADD held :one',
    ExpressionAttributeValues: { ':most': maxWaiting, ':one': 1 },
  });
  return outcome === 'committed';
}

/** Ends what `beginHolding` began. */
export async function endHolding({ db, tables }: LiveContext, connectionId: string): Promise<void> {
  await updateItem(db, {
    TableName: tables.connections,
    Key: { connectionId },
    ConditionExpression: 'attribute_exists(connectionId)',
    UpdateExpression: 'ADD held :less',
    ExpressionAttributeValues: { ':less': -1 },
  });
}

async function putWaiting({ db, clock, tables }: LiveContext, arrival: Arrival): Promise<WaitingRow> {
  const { connectionId, at } = arrival;
  return untilCommitted(`Connection ${connectionId}`, async () => {
    const Item: WaitingRow = {
      ...arrival,
      channel: inbox(connectionId),
      offset: at * 1_000 + Math.floor(clock.random() * 1_000),
      expiresAt: Math.ceil((at + 2 * maxLife) / 1_000),
    };
    const put = { TableName: tables.channels, Item, ConditionExpression: 'attribute_not_exists(channel)' };
    // A transaction, because DynamoDB knows one that the SDK repeats: a Put whose answer was lost would be there twice.
    return (await transact(db, clock, [{ Put: put }])) === 'committed' ? Item : tryAgain;
  });
}

/** Messages that wait, in the order of their arrival. */
export const waitingMessages = ({ db, tables }: LiveContext, connectionId: string): Promise<WaitingRow[]> =>
  Array.fromAsync(
    query<WaitingRow>(db, {
      TableName: tables.channels,
      KeyConditionExpression: 'channel = :channel',
      ExpressionAttributeValues: { ':channel': inbox(connectionId) },
    }),
  );

/** Takes a message that waits. @returns false when somebody else has taken it */
export async function takeWaiting(
  { db, clock, tables }: LiveContext,
  { channel, offset }: WaitingRow,
): Promise<boolean> {
  const taken = {
    TableName: tables.channels,
    Key: { channel, offset },
    ConditionExpression: 'attribute_exists(channel)',
  };
  // A transaction, because DynamoDB knows one that the SDK repeats: a Delete whose answer was lost would be refused, and the
  // message handled by nobody.
  return (await transact(db, clock, [{ Delete: taken }])) === 'committed';
}

/** Removes the messages of a connection that has ended. */
export async function forgetMessages(context: LiveContext, connectionId: string): Promise<void> {
  for (const message of await waitingMessages(context, connectionId)) await takeWaiting(context, message);
}

/**
 * Ends the turn, unless messages have come that nobody has looked at.
 *
 * @param connection as it was when the waiting messages were read
 * @param changes of the connection by the messages that were handled, with the number of those that are left
 */
export async function endTurn(
  { db, tables }: LiveContext,
  { connectionId, handler, arrived }: ConnectionRow,
  changes: Partial<ConnectionRow>,
): Promise<boolean> {
  const outcome = await updateItem(db, {
    TableName: tables.connections,
    Key: { connectionId },
    ConditionExpression: '#handler = :mine AND arrived = :read',
    ...updateExpression(
      { ...changes, handler: undefined, handledUntil: undefined },
      { ':mine': handler, ':read': arrived },
    ),
  });
  return outcome === 'committed';
}

/**
 * Reads a connection anew in its turn, because messages have come. Those that were taken wait no longer: a client that never
 * stops sending has not sent too many.
 *
 * @param taken number of messages that waited and were taken
 * @returns undefined when the turn is over
 */
export async function continueTurn(
  { db, tables }: LiveContext,
  { connectionId, handler }: ConnectionRow,
  taken: number,
): Promise<ConnectionRow | undefined> {
  const answer = await unlessRefused(
    db.send(
      new UpdateCommand({
        TableName: tables.connections,
        Key: { connectionId },
        ConditionExpression: '#handler = :mine',
        UpdateExpression: 'ADD waiting :taken',
        ExpressionAttributeNames: { '#handler': 'handler' },
        ExpressionAttributeValues: { ':mine': handler, ':taken': -taken },
        ReturnValues: 'ALL_NEW',
      }),
    ),
  );
  return answer?.Attributes as ConnectionRow | undefined;
}

/** Changes a connection in its turn. @throws TransientError when the turn is over */
export async function keepChanges(
  { db, tables }: LiveContext,
  { connectionId, handler }: ConnectionRow,
  changes: Partial<ConnectionRow>,
): Promise<void> {
  const update = updateExpression(changes, { ':mine': handler });
  const outcome = await updateItem(db, {
    TableName: tables.connections,
    Key: { connectionId },
    ConditionExpression: '#handler = :mine',
    ...update,
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#handler': 'handler' },
  });
  if (outcome === 'refused') throw new TransientError('The connection is closed, or another invocation handles it');
}

export const readConnection = ({ db, tables }: LiveContext, connectionId: string): Promise<ConnectionRow | undefined> =>
  getItem<ConnectionRow>(db, tables.connections, { connectionId });

/**
 * The message whose turn it is. Without the feature `order` it is the one that came first; with it, ids count up from 1, and the
 * next id is waited for. A message whose id is none of these is not waited with.
 *
 * @param messages in the order of their arrival
 */
export function nextInTurn<Item extends { text: string }>(
  { features = [], nextId = 1 }: Pick<ConnectionRow, 'features' | 'nextId'>,
  messages: readonly Item[],
): Item | undefined {
  if (!features.includes('order')) return messages[0];
  return messages.find(({ text }) => {
    const id = orderedId(text);
    return id === undefined || id <= nextId;
  });
}

/** Whether a message may hold a token, however it is written. Escapes in JSON begin with a backslash. */
export const mayHoldToken = (text: string): boolean => /token|\\u/i.test(text);

/** The id of a message that counts, undefined for none. */
export function orderedId(text: string): number | undefined {
  try {
    const { id } = JSON.parse(text);
    return Number.isSafeInteger(id) && id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}
