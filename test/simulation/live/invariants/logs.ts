import type { LoggedPush, News } from '../notes.ts';
import type { LiveWorld } from '../world.ts';

/** Events that are missing in the log of an account that may see them, or are there twice, or before those they follow. */
export function* wrongLogs(world: LiveWorld) {
  const { notes } = world;
  for (const [account, since] of notes.followedSince) {
    const pushes = [...(notes.logs.get(account)?.values() ?? [])].toSorted((one, other) => one.offset - other.offset);
    const byEvent = Map.groupBy(pushes, ({ eventId }) => eventId);
    for (const news of notes.news.values()) {
      const count = byEvent.get(news.id)?.length ?? 0;
      if (count > 1) yield `the log of ${account} has ${news.id} ${count} times`;
      if (count === 0 && mustHave(world, account, since, news)) yield `the log of ${account} lacks ${news.id}`;
    }
    yield* disorder(world, account, since, pushes);
  }
}

/** Whether an account could see an event all the time until it was pushed, and had a log before. */
const mustHave = ({ rights }: LiveWorld, account: string, since: number, news: News): boolean =>
  news.pushedAt !== undefined &&
  news.committedAt > since &&
  rights.between(account, news.audience, news.committedAt, news.pushedAt) === 'always';

function* disorder(world: LiveWorld, account: string, since: number, pushes: readonly LoggedPush[]) {
  const newest = new Map<string, number>();
  for (const { eventId } of pushes) {
    const news = world.notes.news.get(eventId ?? '');
    // Whoever pushes slowly may push once more what an account could not see before.
    if (!news || !mustHave(world, account, since, news)) continue;
    const { id, subject, sequence } = news;
    const before = newest.get(subject) ?? 0;
    if (sequence < before) yield `the log of ${account} has ${id} after ${before}`;
    newest.set(subject, Math.max(before, sequence));
  }
}
