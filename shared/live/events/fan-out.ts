import { forEachConcurrently } from '../../platform/concurrency.ts';
import { pagesOf } from '../../platform/pages.ts';
import { appendAll, type NewEntry } from '../channel/log.ts';
import { deliverAll, textOf } from '../channel/push.ts';
import type { LiveContext } from '../context.ts';
import { closeAll, concurrency, readConnections } from './ended-connections.ts';
import type { News, Topic } from './news.ts';
import { type Rights, readRights } from './rights.ts';
import { type RosterMember, type Rosters, strike } from './roster.ts';

/** Groups at once. */
const groupsAtOnce = 2;

/** Most accounts of a group, and most messages for them: so many that they are pushed soon after rights are asked. */
const maxAccounts = 100;
const maxMessages = 500;

/** Pushes that are made one after the other. */
export interface Round {
  rosters: Rosters;
  /** Called between groups, while no push is under way. */
  pause(): Promise<void>;
}

/**
 * Pushes news to the accounts that may see their subjects now, to each in the order of the list, and closes the connections of
 * those that may not any more. It comes to the same when it is repeated: an account's log takes news once.
 */
export async function pushNews(context: LiveContext, news: readonly News[], round: Round): Promise<void> {
  const distinct = [...new Map(news.map((one) => [one.id, one])).values()];
  await forEachGroup(context, distinct, round, async (group) => {
    const deliveries = group.flatMap(({ log, topics, rights }) => {
      const entries = topics.flatMap((one) => entryFor(one, rights));
      return entries.length > 0 ? [{ channel: log, entries }] : [];
    });
    const appended = await appendAll(context, deliveries);
    const entriesOf = new Map(deliveries.map(({ channel, entries }) => [channel, entries]));
    const connections = await readConnections(context, group);
    await forEachConcurrently(connections, concurrency, async ({ addressee: { log }, open, ended }) => {
      await closeAll(context, ended);
      const places = appended.get(log) ?? [];
      const entries = (entriesOf.get(log) ?? []).flatMap((entry, index) => {
        const place = places[index];
        return place ? [{ entry, ...place }] : [];
      });
      await deliverAll(context, open, entries);
    });
  });
}

/** The entry of news in an account's log; none where the account may not see the subject now, or did it itself. */
function entryFor({ id, at, audiences, message, except }: News, rights: Rights | undefined): NewEntry[] {
  if (!rights || rights.account.account === except) return [];
  // Numbers of projects and names of accounts are used again: news from before the account is of those that had them then.
  if (at < rights.account.createdAt) return [];
  const shared = audiences.filter((audience) => rights.audiences.includes(audience));
  return shared.length > 0 ? [{ text: textOf(message), event: id, audiences: shared }] : [];
}

/** An account on the rosters of topics' audiences. */
interface Addressee<Item extends Topic> {
  log: string;
  /** Topics of the rosters that it is on, in the order of the list. */
  topics: Item[];
  /** Absent when the account does not exist any more. */
  rights: Rights | undefined;
}

/** Reads the rights of the accounts on the rosters of topics, and goes on with them, group by group. */
export async function forEachGroup<Item extends Topic>(
  context: LiveContext,
  topics: readonly Item[],
  { rosters, pause }: Pick<Round, 'rosters'> & Partial<Round>,
  goOn: (group: readonly Addressee<Item>[]) => Promise<void>,
): Promise<void> {
  for (const groups of pagesOf(groupsOf(await listedFor(topics, rosters)), groupsAtOnce)) {
    await pause?.();
    await forEachConcurrently(groups, groupsAtOnce, async (group) => {
      const audiences = group.flatMap((one) => one.topics.flatMap((topic) => topic.audiences));
      const rights = await readRights(context, [...new Set(group.map(({ name }) => name))], audiences);
      const gone = group.filter(({ log }) => !rights.has(log));
      // The log of an account that may come back goes on as soon as it does.
      await Promise.all(gone.flatMap(({ members }) => members.map((member) => strike(context, member))));
      await goOn(group.map(({ log, topics: own }) => ({ log, topics: own, rights: rights.get(log) })));
    });
  }
}

/** A log, the rosters that it is on, and the topics of these. */
interface Listed<Item extends Topic> {
  name: string;
  log: string;
  members: RosterMember[];
  topics: Item[];
}

/** An account may be on several rosters, and an account of the same name may have gone. */
async function listedFor<Item extends Topic>(topics: readonly Item[], rosters: Rosters): Promise<Listed<Item>[]> {
  const members = new Map<string, RosterMember[]>();
  await forEachConcurrently(new Set(topics.flatMap(({ audiences }) => audiences)), concurrency, async (audience) => {
    members.set(audience, await rosters.of(audience));
  });
  const listed = new Map<string, Listed<Item>>();
  for (const topic of topics) {
    for (const member of topic.audiences.flatMap((audience) => members.get(audience) ?? [])) {
      const { subscriber: name, log } = member;
      const before = listed.get(log) ?? { name, log, members: [], topics: [] };
      if (!before.members.includes(member)) before.members.push(member);
      if (before.topics.at(-1) !== topic) before.topics.push(topic);
      listed.set(log, before);
    }
  }
  return [...listed.values()];
}

function groupsOf<Item extends Topic>(all: readonly Listed<Item>[]): Listed<Item>[][] {
  const groups: Listed<Item>[][] = [];
  let messages = Number.POSITIVE_INFINITY;
  for (const listed of all) {
    const group = groups.at(-1);
    messages += listed.topics.length;
    if (group && group.length < maxAccounts && messages <= maxMessages) {
      group.push(listed);
    } else {
      groups.push([listed]);
      messages = listed.topics.length;
    }
  }
  return groups;
}
