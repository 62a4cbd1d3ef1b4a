import type { ConnectionRow, Feature } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { openSessions, readRights } from '../events/rights.ts';

/** Connections for which rights are read at once: so many that they are told soon after. */
export const maxAsked = 100;

/** Something that members of these audiences may see. */
export interface ForAudiences {
  audiences: readonly string[];
}

/** Connections of accounts that asked for a feature. @param now milliseconds since 1970 */
export const connectionsWith = (feature: Feature, connections: readonly ConnectionRow[], now: number) =>
  connections.filter(
    ({ features, identity }) => features?.includes(feature) && identity?.account && identity.validUntil > now,
  );

/** Finds what connections may see now, because rights may change meanwhile: nothing where the token has ended. */
export async function allowedTo<Visible extends ForAudiences>(
  context: LiveContext,
  connections: readonly ConnectionRow[],
  visible: readonly Visible[],
): Promise<{ connection: ConnectionRow; shown: readonly Visible[] }[]> {
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
