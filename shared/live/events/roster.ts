import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { query, unlessRefused } from '../../platform/dynamodb.ts';
import type { LiveContext } from '../context.ts';

// The roster of an audience: the accounts that have a log and belonged to the audience at some time. It says whom to ask, not who
// may: that is asked at each push.

/** A member, as the table `subscriptions` keeps it. */
export interface RosterMember {
  /** `audience#` and the audience. */
  channel: string;
  /** The account's name. */
  subscriber: string;
  /** Name of the account's log. */
  log: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

/** Milliseconds for which a member counts after its last connection: longer than pushes are kept. */
const kept = 60 * 24 * 3_600_000;

const key = (audience: string): string => `audience#${audience}`;

/** Adds an account to the rosters of its audiences. @param log name of the account's log */
export async function enrol(
  { db, clock, tables }: LiveContext,
  account: string,
  log: string,
  audiences: readonly string[],
): Promise<void> {
  const expiresAt = Math.ceil((clock.now() + kept) / 1_000);
  const put = (audience: string) => {
    const Item: RosterMember = { channel: key(audience), subscriber: account, log, expiresAt };
    return db.send(new PutCommand({ TableName: tables.subscriptions, Item }));
  };
  await Promise.all(audiences.map(put));
}

/** Removes a member, unless another account of the same name has taken its place. */
export async function strike({ db, tables }: LiveContext, { channel, subscriber, log }: RosterMember): Promise<void> {
  const Key = { channel, subscriber };
  const ExpressionAttributeNames = { '#log': 'log' };
  const condition = { ConditionExpression: '#log = :log', ExpressionAttributeValues: { ':log': log } };
  await unlessRefused(
    db.send(new DeleteCommand({ TableName: tables.subscriptions, Key, ...condition, ExpressionAttributeNames })),
  );
}

const membersOf = ({ db, tables }: LiveContext, audience: string): Promise<RosterMember[]> =>
  Array.fromAsync(
    query<RosterMember>(db, {
      TableName: tables.subscriptions,
      KeyConditionExpression: 'channel = :channel',
      ExpressionAttributeValues: { ':channel': key(audience) },
    }),
  );

/** Rosters of a short time, each read once: whoever is enrolled meanwhile gets what comes later. */
export class Rosters {
  readonly #context: LiveContext;
  readonly #known = new Map<string, Promise<RosterMember[]>>();

  constructor(context: LiveContext) {
    this.#context = context;
  }

  of(audience: string): Promise<RosterMember[]> {
    const known = this.#known.get(audience) ?? membersOf(this.#context, audience);
    this.#known.set(audience, known);
    return known;
  }
}
