import type { AccountRow } from '../../accounts/account.ts';
import { lacksFactor } from '../../accounts/factors/requirement.ts';
import { accountSubject } from '../../accounts/history.ts';
import type { SessionRow } from '../../accounts/session.ts';
import { eventOf } from '../../history/events.ts';
import type { HistoryRow } from '../../history/history.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { batchGet, getItem } from '../../platform/dynamodb.ts';
import { retention } from '../channel/log.ts';
import { push } from '../channel/push.ts';
import { type Subscription, subscriptionsOf } from '../channel/subscriptions.ts';
import { closeConnection, closings } from '../close.ts';
import type { LiveContext } from '../context.ts';
import type { Message } from '../protocol/message.ts';
import { audiencesFor, audiencesOf, logOf } from './audience.ts';
import { enrol, type Member, membersOf, strike } from './roster.ts';

/** Accounts at once. */
const concurrency = 10;

/**
 * Pushes an event to the accounts that may see its subject now, and closes the connections of those that may not any more. It
 * comes to the same when it is repeated: an account's log takes an event once.
 *
 * @throws ZodError if the event has values that its schema does not know
 */
export async function fanOut(context: LiveContext, row: HistoryRow): Promise<void> {
  if (!isNews(context, row)) return;
  const news = { subject: row.subject, audiences: audiencesFor(row), id: `${row.subject}#${row.sequence}` };
  await pushNews(context, news, { action: 'event', event: eventOf(row) });
}

/** Something that accounts are told of. */
interface News {
  subject: string;
  audiences: readonly string[];
}

/**
 * Pushes a message to the accounts of audiences.
 *
 * @param news `id`: an account's log takes a message with the same one once
 */
export async function pushNews(context: LiveContext, news: News & { id: string }, message: Message): Promise<void> {
  await forEachAccount(context, news, async ({ log, audiences }) => {
    if (audiences.length > 0) await push(context, log, message, { event: news.id, audiences });
  });
}

/**
 * Has an event that changes what accounts may see count from now on: closes the connections whose tokens it may have ended, and
 * adds its account to the rosters of the audiences that it has come to belong to. Pushes nothing.
 */
export async function applyRights(context: LiveContext, row: HistoryRow): Promise<void> {
  if (!isNews(context, row)) return;
  const news = { subject: row.subject, audiences: audiencesFor(row) };
  await forEachAccount(context, news, async ({ log, current }) => {
    if (!current) return;
    const { account, audiences } = current;
    const isOwn =
      row.subject === accountSubject(account.account) || row.subject === `access#${account.accessIdentifier}`;
    if (isOwn) await enrol(context, account.account, log, audiences);
  });
}

/** Events that are published again, to systems that lost them, are no news. */
export const isNews = ({ clock }: LiveContext, { at }: Pick<HistoryRow, 'at'>): boolean =>
  at >= clock.now() - retention;

/** An account on the rosters of an event's audiences. */
interface Addressee {
  log: string;
  /** The event's audiences that the account belongs to now. */
  audiences: readonly string[];
  /** Absent when nobody may sign in to the account. */
  current: Current | undefined;
}

/** An account that somebody may sign in to, and the audiences that it belongs to. */
interface Current {
  account: AccountRow;
  audiences: readonly string[];
}

/** Asks for each account what it may see now, closes its connections whose tokens have ended, and goes on with it. */
async function forEachAccount(
  context: LiveContext,
  { subject, audiences }: News,
  goOn: (addressee: Addressee) => Promise<void>,
): Promise<void> {
  const members = await Promise.all(audiences.map((audience) => membersOf(context, audience)));
  await forEachConcurrently(byLog(members.flat()), concurrency, async ([log, listed]) => {
    const [{ subscriber: name } = { subscriber: '' }] = listed;
    const account = await readOwner(context, name, log);
    const current = account && (await currentOf(context, account));
    await closeEnded(context, log, current?.account, subject === accountSubject(name));
    // The log of an account that may come back goes on as soon as it does.
    if (!account) await Promise.all(listed.map((member) => strike(context, member)));
    const shared = audiences.filter((audience) => current?.audiences.includes(audience));
    await goOn({ log, audiences: shared, current });
  });
}

/** Members by their logs: an account may be in several audiences of an event, and an account of the same name may have gone. */
function byLog(members: readonly Member[]): Map<string, Member[]> {
  return Map.groupBy(members, ({ log }) => log);
}

/** The account of a log and its audiences, undefined when nobody may sign in to it. */
export async function currentAudiences(context: LiveContext, name: string, log: string): Promise<Current | undefined> {
  const account = await readOwner(context, name, log);
  return account && currentOf(context, account);
}

/** The account of a log, undefined when it does not exist any more. */
async function readOwner({ db, tables }: LiveContext, name: string, log: string): Promise<AccountRow | undefined> {
  const account = await getItem<AccountRow>(db, tables.accounts, { account: name });
  return account && logOf(account) === log ? account : undefined;
}

/** The rights of an account now, undefined when it has none. */
export async function currentOf(context: LiveContext, account: AccountRow): Promise<Current | undefined> {
  const audiences = await audiencesOf(context, account);
  return audiences.length === 0 || (await lacksFactor(context, account)) ? undefined : { account, audiences };
}

/** Closes the connections whose tokens are of no use any more. @param account absent when nobody may sign in to it */
async function closeEnded(
  context: LiveContext,
  log: string,
  account: AccountRow | undefined,
  checkSessions: boolean,
): Promise<void> {
  const subscriptions = await subscriptionsOf(context, log);
  const open = checkSessions ? await openSessions(context, subscriptions) : undefined;
  const ended = subscriptions.filter(
    (one) => one.account?.generation !== account?.generation || open?.has(one.account?.sessionId ?? '') === false,
  );
  await Promise.all(
    ended.map(({ subscriber }) =>
      closeConnection(context, { connectionId: subscriber, channel: log }, closings.revoked),
    ),
  );
}

async function openSessions(
  { db, clock, tables }: LiveContext,
  subscriptions: readonly Subscription[],
): Promise<Set<string>> {
  const ids = new Set(subscriptions.flatMap(({ account }) => account?.sessionId ?? []));
  const keys = [...ids].map((sessionId) => ({ sessionId }));
  const rows = await batchGet<SessionRow>(db, clock, tables.sessions, keys, ['sessionId']);
  return new Set(rows.map(({ sessionId }) => sessionId));
}
