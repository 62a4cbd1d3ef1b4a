import { type FileToMove, filesToMove, isOnItsWay } from '../../files/files-to-move.ts';
import { readRows } from '../../files/rows.ts';
import { fileSubject } from '../../messages/subject.ts';
import { pagesOf } from '../../platform/pages.ts';
import type { ConnectionRow } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { audiencesFor } from '../events/audience.ts';
import { connectionsWith, type ForAudiences, forEachAllowed, postReport } from './reports.ts';
import { type TransferProgress, transferProgressOf } from './transfer-progress.ts';

/** Milliseconds between two looks for transfers that have begun. */
const searchInterval = 5_000;

/** Entries of the line of transfers that a search goes through: those in work are among the first. */
const maxSearched = 1_000;

/** Transfers of one message: with the longest ids they are below 128 KB. */
const maxReported = 40;

/** A transfer, and who may see it. */
interface Visible extends ForAudiences {
  progress: TransferProgress;
}

/**
 * Reports how far transfers are to connections with the feature `progress`. Such a report has no place in the log: the next one
 * replaces it, and the end of a transfer is an event.
 */
export class ProgressReports {
  readonly #context: LiveContext;
  #onTheirWay: readonly FileToMove[] = [];
  #searchedAt = Number.NEGATIVE_INFINITY;
  /** The report that each connection got last, by file. */
  #told: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map();

  constructor(context: LiveContext) {
    this.#context = context;
  }

  /**
   * Reports the changes since the last call. Reads nothing while no connection has the feature.
   *
   * @param connections all, as the table has them
   */
  async send(connections: readonly ConnectionRow[]): Promise<void> {
    const now = this.#context.clock.now();
    const wanting = connectionsWith('progress', connections, now);
    if (wanting.length === 0) return;
    const visible = await this.#visible(now);
    const told = new Map<string, ReadonlyMap<string, string>>();
    const owed = visible.length > 0 ? wanting : [];
    await forEachAllowed(this.#context, owed, visible, async ({ connection, shown }) => {
      told.set(connection.connectionId, await this.#tell(connection, shown));
    });
    this.#told = told;
  }

  async #visible(now: number): Promise<Visible[]> {
    const moving = await this.#moving(now);
    return moving.map((each) => {
      const { fileId, projectNo } = each.file;
      return {
        progress: transferProgressOf(each),
        audiences: audiencesFor({ subject: fileSubject(fileId), projectNo }),
      };
    });
  }

  async #moving(now: number): Promise<readonly FileToMove[]> {
    if (now >= this.#searchedAt + searchInterval) {
      this.#searchedAt = now;
      const found = await Array.fromAsync(filesToMove(this.#context, maxSearched));
      this.#onTheirWay = found.filter((each) => isOnItsWay(each, now));
      return this.#onTheirWay;
    }
    const ids = this.#onTheirWay.map(({ file }) => file.fileId);
    const rows = await readRows(this.#context, ids);
    return this.#onTheirWay.flatMap((each) => {
      const file = rows.get(each.file.fileId);
      const isGoingOn =
        file && (each.kind === 'return' || isOnItsWay({ ...each, file, leaseUntil: file.leaseUntil ?? 0 }, now));
      return isGoingOn ? [{ ...each, file }] : [];
    });
  }

  /** @returns what the connection has been told, by file */
  async #tell(connection: ConnectionRow, shown: readonly Visible[]): Promise<ReadonlyMap<string, string>> {
    const before = this.#told.get(connection.connectionId);
    const told = new Map(shown.map(({ progress }) => [progress.fileId, JSON.stringify(progress)]));
    const news = shown.filter(({ progress: { fileId } }) => told.get(fileId) !== before?.get(fileId));
    const texts = [...pagesOf(news, maxReported)].map((page) => {
      const transfers = page.map(({ progress }) => progress);
      return JSON.stringify({ action: 'progress', push: true, transfers });
    });
    await postReport(this.#context, connection, texts);
    return told;
  }
}
