import type { Query, QueryClient } from '@tanstack/react-query';

/**
 * Reads resources anew, each at most once at a time. A request that is under way when something changes may have read the rows of
 * before, so another one follows it. It is not cancelled: if changes came faster than answers, no answer would ever be shown.
 */
export class Rereading {
  readonly #client: QueryClient;
  /** Queries that are being read by their hash, and whether they changed meanwhile. */
  readonly #running = new Map<string, { isDue: boolean }>();

  constructor(client: QueryClient) {
    this.#client = client;
  }

  /** Reads what one of these subjects is about. @param subjects as `project#1001` */
  about(subjects: readonly string[]): void {
    if (subjects.length === 0) return;
    this.#readAll((live) => live.some((beginning) => subjects.some((subject) => subject.startsWith(beginning))));
  }

  /** Reads everything that pushes keep up to date. */
  all(): void {
    this.#readAll(() => true);
  }

  #readAll(isDue: (live: readonly string[]) => boolean): void {
    for (const query of this.#client.getQueryCache().getAll()) {
      const live: unknown = query.meta?.live;
      if (!Array.isArray(live) || live.length === 0 || !isDue(live)) continue;
      if (query.isActive()) void this.#read(query);
      // Read when it is shown again.
      else query.invalidate();
    }
  }

  async #read(query: Query): Promise<void> {
    const running = this.#running.get(query.queryHash);
    if (running) {
      running.isDue = true;
      return;
    }
    const reading = { isDue: true };
    this.#running.set(query.queryHash, reading);
    const { queryKey } = query;
    do {
      reading.isDue = isUnderWay(query);
      await this.#client.refetchQueries({ queryKey, exact: true }, { cancelRefetch: false });
    } while (reading.isDue);
    this.#running.delete(query.queryHash);
  }
}

/** A request that waits for the network has read nothing yet. */
const isUnderWay = ({ state }: Query): boolean => state.fetchStatus === 'fetching';
