import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { query } from '../../platform/dynamodb.ts';
import type { ConnectionRow, Feature, Identity } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { maxLife } from '../limits.ts';

/** A connection that gets the pushes of a channel, as the table `subscriptions` keeps it. */
export interface Subscription {
  channel: string;
  /** Id of the connection. */
  subscriber: string;
  session: string;
  features: readonly Feature[];
  /** When the connection's token ends, in milliseconds since 1970. */
  validUntil: number;
  account?: Identity['account'];
  /** Seconds since 1970. */
  expiresAt: number;
}

/** Lets a connection have the pushes of its channel. */
export async function subscribe(
  { db, tables }: LiveContext,
  { connectionId, connectedAt, session, features = [], identity }: ConnectionRow,
): Promise<Subscription> {
  if (!identity || session === undefined) throw new TypeError('only an authenticated connection can subscribe');
  const { channel, validUntil, account } = identity;
  const expiresAt = Math.ceil((connectedAt + 2 * maxLife) / 1_000);
  const Item: Subscription = {
    ...{ channel, subscriber: connectionId, session, features, validUntil, expiresAt },
    ...(account && { account }),
  };
  await db.send(new PutCommand({ TableName: tables.subscriptions, Item }));
  return Item;
}

/** Ends a subscription. @returns it, undefined when there is none */
export async function unsubscribe(
  { db, tables }: LiveContext,
  { channel, subscriber }: Pick<Subscription, 'channel' | 'subscriber'>,
): Promise<Subscription | undefined> {
  const Key = { channel, subscriber };
  const { Attributes } = await db.send(
    new DeleteCommand({ TableName: tables.subscriptions, Key, ReturnValues: 'ALL_OLD' }),
  );
  return Attributes as Subscription | undefined;
}

/** Connections of a channel, read consistently: a push after its entry in the log misses none. */
export const subscriptionsOf = ({ db, tables }: LiveContext, channel: string): Promise<Subscription[]> =>
  Array.fromAsync(
    query<Subscription>(db, {
      TableName: tables.subscriptions,
      KeyConditionExpression: 'channel = :channel',
      ExpressionAttributeValues: { ':channel': channel },
    }),
  );
