import type { Item } from '../../expressions.ts';
import { tables } from '../../simulated-services.ts';
import type { LiveWorld } from '../world.ts';

/** Milliseconds in which a connection is closed after its token has ended, and an event is pushed, while all is well. */
const [closingTime, pushTime] = [1_000, 2_000];
/** Milliseconds after a fault at which nothing comes of it any more, and for which a watch has to be at work already. */
const [aftermath, watchedBefore] = [60_000, 1_500];
/** Changes that are pushed in time together. */
const fewChanges = 8;

/** Sees to it that the connections of a token that has ended are closed in time. */
export class PromptClosing {
  readonly #world: LiveWorld;

  constructor(world: LiveWorld) {
    this.#world = world;
  }

  /** Looks in time whether each open connection that should be closed is. */
  expect(): void {
    const { scheduler, gateway, notes } = this.#world;
    const from = scheduler.now;
    const hasBeenWell = wellSince(this.#world);
    scheduler.after(closingTime, () => {
      if (!hasBeenWell()) return;
      for (const { connectionId } of gateway.api.open) {
        const owner = notes.owners.get(connectionId);
        const endedAt = owner && notes.endedSince(owner);
        if (endedAt !== undefined && endedAt <= from)
          this.#world.tell(
            `${connectionId} of ${owner?.account} is open a second after ${this.#world.secondsAt(from)} s, when its token had ended`,
          );
      }
    });
  }
}

/** Looks whether an event is pushed in time. */
export function violationOfDelay(world: LiveWorld, { subject, sequence }: Item): void {
  const { scheduler, notes } = world;
  const hasBeenWell = wellSince(world);
  const id = `${subject}#${sequence}`;
  scheduler.after(pushTime, () => {
    const news = notes.news.get(id);
    if (news && news.pushedAt === undefined && hasBeenWell())
      world.tell(`${id} of ${world.secondsAt(news.committedAt)} s is not pushed within two seconds`);
  });
}

/** @returns tells whether nothing has gone wrong since, and one watch was at work all the time */
function wellSince({ scheduler, faults, gateway, dynamodb }: LiveWorld): () => boolean {
  const from = scheduler.now;
  const watches = [...gateway.watches].filter(([, startedAt]) => startedAt <= from - watchedBefore);
  const pending = dynamodb.items(tables.unpublished).filter(({ live }) => live === undefined).length;
  return () => {
    const lastFaultAt = Math.max(0, ...faults.lastAt.values());
    const isWatched = watches.length === 1 && watches.every(([id]) => gateway.watches.has(id));
    return isWatched && pending <= fewChanges && lastFaultAt < from - aftermath;
  };
}
