import { forEachConcurrently } from '../../platform/concurrency.ts';
import { describeError } from '../../platform/errors.ts';
import { pagesOf } from '../../platform/pages.ts';
import { forgetConnection } from '../close.ts';
import type { ConnectionRow, Feature } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { openSessions, readRights } from '../events/rights.ts';

/** Connections for which rights are read at once: so many that they are told soon after. */
const maxAsked = 100;

/** Connections told at once. */
const concurrency = 20;

/** Something that members of these audiences may see. */
export interface ForAudiences {
  audiences: readonly string[];
}

/** Connections of accounts that asked for a feature. @param now milliseconds since 1970 */
export const connectionsWith = (feature: Feature, connections: readonly ConnectionRow[], now: number) =>
  connections.filter(
    ({ features, identity }) => features?.includes(feature) && identity?.account && identity.validUntil > now,
  );

interface Allowed<Visible> {
  connection: ConnectionRow;
  /** All that it may see; maybe nothing. */
  shown: readonly Visible[];
}

/**
 * Tells connections what they may see now, because rights may change meanwhile. Connections whose tokens have ended are left out.
 *
 * @param connections with accounts
 */
export async function forEachAllowed<Visible extends ForAudiences>(
  context: LiveContext,
  connections: readonly ConnectionRow[],
  visible: readonly Visible[],
  tell: (allowed: Allowed<Visible>) => Promise<void>,
): Promise<void> {
  for (const page of pagesOf(connections, maxAsked)) {
    await forEachConcurrently(await allowedTo(context, page, visible), concurrency, tell);
  }
}

/**
 * Posts texts to a connection, one after the other. One that has gone is forgotten, and one that does not take a text gets no further
 * one: the next report replaces it.
 */
export async function postReport(
  context: LiveContext,
  { connectionId, identity }: ConnectionRow,
  texts: readonly string[],
): Promise<void> {
  const { sockets, log } = context;
  try {
    for (const text of texts) {
      if (await sockets.post(connectionId, text)) continue;
      await forgetConnection(context, { connectionId, channel: identity?.channel });
      return;
    }
  } catch (error) {
    log.warn('report not posted', { connectionId, error: describeError(error) });
  }
}

async function allowedTo<Visible extends ForAudiences>(
  context: LiveContext,
  connections: readonly ConnectionRow[],
  visible: readonly Visible[],
): Promise<Allowed<Visible>[]> {
  const owners = connections.flatMap(({ identity }) => identity?.account ?? []);
  const audiences = visible.flatMap((each) => each.audiences);
  const [rights, sessions] = await Promise.all([
    readRights(context, [...new Set(owners.map(({ name }) => name))], audiences),
    openSessions(
      context,
      owners.map(({ sessionId }) => sessionId),
    ),
  ]);
  return connections.flatMap((connection) => {
    const { channel = '', account } = connection.identity ?? {};
    // A service may have channels of its own, which no account's rights lead to.
    const current = rights.get(channel);
    if (current?.account.generation !== account?.generation || !sessions.has(account?.sessionId ?? '')) return [];
    const mine = new Set(current?.audiences);
    return [{ connection, shown: visible.filter((each) => each.audiences.some((one) => mine.has(one))) }];
  });
}
