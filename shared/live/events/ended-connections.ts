import { forEachConcurrently } from '../../platform/concurrency.ts';
import { type Subscription, subscriptionsOf } from '../channel/subscriptions.ts';
import { closeConnection, closings } from '../close.ts';
import type { LiveContext } from '../context.ts';
import { openSessions, type Rights } from './rights.ts';

/** Accounts of a group at once. */
export const concurrency = 25;

/** An account whose connections are looked at. */
interface Addressee {
  log: string;
  /** Absent when the account does not exist any more. */
  rights: Rights | undefined;
}

/** The connections of an account. */
interface Connections<One extends Addressee> {
  addressee: One;
  open: Subscription[];
  /** Those whose tokens are of no use any more. */
  ended: Subscription[];
}

/** Reads the connections of accounts, and which of their sessions have ended: a sign-out may be known before its event is read. */
export async function readConnections<One extends Addressee>(
  context: LiveContext,
  group: readonly One[],
): Promise<Connections<One>[]> {
  const all = new Map<string, Subscription[]>();
  await forEachConcurrently(group, concurrency, async ({ log }) => {
    all.set(log, await subscriptionsOf(context, log));
  });
  const subscriptions = [...all.values()].flat();
  const sessions = await openSessions(
    context,
    subscriptions.flatMap(({ account }) => account?.sessionId ?? []),
  );
  return group.map((addressee) => {
    const { log, rights } = addressee;
    const generation = rights && rights.audiences.length > 0 ? rights.account.generation : undefined;
    const isOpen = ({ account }: Subscription) =>
      account?.generation === generation && sessions.has(account?.sessionId ?? '');
    const { open = [], ended = [] } = Object.groupBy(all.get(log) ?? [], (one) => (isOpen(one) ? 'open' : 'ended'));
    return { addressee, open, ended };
  });
}

/** Closes connections whose tokens are of no use any more. */
export const closeAll = (context: LiveContext, ended: readonly Subscription[]) =>
  Promise.all(
    ended.map(({ subscriber, channel }) =>
      closeConnection(context, { connectionId: subscriber, channel }, closings.revoked),
    ),
  );
