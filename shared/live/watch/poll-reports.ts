import { getItem } from '../../platform/dynamodb.ts';
import type { ConnectionRow } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { connectionsWith, forEachAllowed, postReport } from './reports.ts';

/** Milliseconds after which a poll that does not come is reported, too: whether the gateway works depends on the time as well. */
const longestSilence = 120_000;

/**
 * Reports the end of a poll to connections of operators with the feature `poll`. What a poll finds and what is marked before it may leave
 * no event. Such a report has no place in the log: the next one replaces it.
 */
export class PollReports {
  readonly #context: LiveContext;
  /** End of the last poll that was seen, in milliseconds since 1970. */
  #finishedAt: number | undefined;
  /** Last report, or the first look, in milliseconds since 1970. */
  #reportedAt = 0;

  constructor(context: LiveContext) {
    this.#context = context;
  }

  /**
   * Reports a poll that has ended since the last call. Reads nothing while no connection has the feature.
   *
   * @param connections all, as the table has them
   */
  async send(connections: readonly ConnectionRow[]): Promise<void> {
    const { db, clock, tables } = this.#context;
    const now = clock.now();
    const wanting = connectionsWith('poll', connections, now);
    if (wanting.length === 0) return;
    const poll = await getItem<{ finishedAt?: number }>(db, tables.control, { name: 'poll' });
    const before = this.#finishedAt;
    this.#finishedAt = poll?.finishedAt ?? 0;
    const isFirst = before === undefined;
    if (!isFirst && before === this.#finishedAt && now < this.#reportedAt + longestSilence) return;
    this.#reportedAt = now;
    if (isFirst) return;
    const text = JSON.stringify({ action: 'poll', push: true, finishedAt: new Date(this.#finishedAt).toISOString() });
    const report = { text, audiences: ['operators'] };
    await forEachAllowed(this.#context, wanting, [report], ({ connection, shown }) => {
      const texts = shown.map((each) => each.text);
      return postReport(this.#context, connection, texts);
    });
  }
}
