import type { FileRow } from '../../../shared/files/file.ts';
import { longestFileLease } from '../../../shared/files/lease-times.ts';
import type { ResultRow } from '../../../shared/files/result.ts';
import { isResult } from '../../../shared/files/rows.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { Item } from '../expressions.ts';
import type { World } from '../world.ts';
import { rowOf, rows } from './rows.ts';

/** Most results of other projects that begin while a project's delivery could begin. */
const maxBefore = 8;

/** One project's results do not keep another's deliveries waiting. */
export class Fairness {
  readonly #world: World;
  /** By project: how many results of others began since its delivery could begin. */
  readonly #before = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  violationOfChange(after: Item | undefined, before: Item | undefined): string | undefined {
    const row = rowOf<FileRow | ResultRow>(after ?? before);
    if (!row || after?.attempt === before?.attempt) return undefined;
    if (!isResult(row)) return void this.#before.delete(row.projectNo);
    if (row.state !== 'sending' || this.#isClockFarOff()) return undefined;
    for (const projectNo of this.#waiting()) {
      if (projectNo === row.projectNo) continue;
      const count = (this.#before.get(projectNo) ?? 0) + 1;
      this.#before.set(projectNo, count);
      if (count > maxBefore) return `a delivery of ${projectNo} waits for ${count} results of others`;
    }
    return undefined;
  }

  /** Whether every lease looks void to the process that makes the change: it takes slots and transfers that are in use. */
  #isClockFarOff(): boolean {
    return Math.abs(this.#world.calls.performer?.skew ?? 0) > longestFileLease;
  }

  /** The projects of which a delivery could begin. */
  #waiting(): Set<string> {
    const { scheduler } = this.#world;
    const messages = new Map(rows<MessageRecord>(this.#world, 'messages').map((each) => [each.messageId, each]));
    const waiting = rows<FileRow>(this.#world, 'files').filter(
      (row) =>
        row.state === 'pending' &&
        !isResult(row) &&
        row.dueAt <= scheduler.now &&
        messages.get(row.messageId)?.state === 'working',
    );
    return new Set(waiting.map(({ projectNo }) => projectNo));
  }
}
