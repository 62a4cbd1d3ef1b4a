import { setTimeout as delay } from 'node:timers/promises';
import { expectedBytes, type FileProgress } from '../../../shared/files/file-progress.ts';
import { type FileToMove, filesToMove } from '../../../shared/files/files-to-move.ts';
import { readRows } from '../../../shared/files/rows.ts';
import { isMoving, progressOf, type ShownFile } from '../../../shared/operate/files/file-state.ts';
import { type AnyFile, failedFiles, type Reading } from '../../../shared/operate/find/file-list.ts';
import { bytes, rate } from '../../../shared/platform/units.ts';
import { createProgressBars } from '../../terminal/progress-bars.ts';
import { fileLine, printable } from '../../terminal/render.ts';
import type { Screen } from '../../terminal/screen.ts';

/** Milliseconds between two updates, and between two reads of the incidents. */
const interval = 1_000;
const failedInterval = 30_000;

/** Most entries read for an update: a million may wait, and those being moved are among the first. */
const maxEntries = 1_000;

interface Look {
  moving: FileToMove[];
  waiting: FileToMove[];
  /** Whether there are more than were looked at. */
  more: boolean;
}

/**
 * Shows files that are being moved, wait or have failed, once a second until the signal aborts.
 * @param wanted which files
 */
export async function watchFiles(
  reading: Reading,
  screen: Screen,
  wanted: (shown: ShownFile) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const showProgress = createProgressBars(screen);
  const printFailed = createFailurePrinter(screen);
  let before: Look['moving'] = [];
  let failed: AnyFile[] = [];
  let failedAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const now = reading.clock.now();
    if (now - failedAt >= failedInterval) {
      failed = (await Array.fromAsync(failedFiles(reading))).filter((file) => wanted({ file }));
      failedAt = now;
    }
    const look = await lookAt(reading, wanted, now);
    const stillThere = new Set(look.moving.map(({ file }) => file.fileId));
    const gone = before.filter(({ file }) => !stillThere.has(file.fileId));
    for (const line of await outcomesOf(reading, gone)) screen.print(line);
    printFailed(failed);
    showProgress(look.moving.map(progressOf).toSorted(largestFirst), {
      above: [headline(look, failed.length)],
      below: troubles(look, failed),
    });
    before = look.moving;
    await delay(interval, undefined, { signal }).catch(() => {});
  }
  screen.bars([]);
}

/** Small files finish before anybody can read their names. */
const largestFirst = (a: FileProgress, b: FileProgress) => (expectedBytes(b) ?? 0) - (expectedBytes(a) ?? 0);

async function lookAt(reading: Reading, wanted: (shown: ShownFile) => boolean, now: number): Promise<Look> {
  const look: Omit<Look, 'more'> = { moving: [], waiting: [] };
  let seen = 0;
  for await (const shown of filesToMove(reading, maxEntries)) {
    seen += 1;
    if (wanted(shown)) look[isMoving(shown, now) ? 'moving' : 'waiting'].push(shown);
  }
  return { ...look, more: seen === maxEntries };
}

/** A line for each file that was being moved in the previous update. */
async function outcomesOf(reading: Reading, gone: Look['moving']): Promise<string[]> {
  const { clock } = reading;
  const rows = await readRows(
    reading,
    gone.map(({ file }) => file.fileId),
  );
  return gone.map(({ kind, file: { fileId } }) => {
    const row = rows.get(fileId);
    const size = bytes(row?.size ?? 0);
    const outcome = !row ? 'deleted' : kind === 'return' ? 'not on its way back any more' : `${row.state}, ${size}`;
    return fileLine(clock.now(), fileId, row?.lastError === undefined ? outcome : `${outcome}: ${row.lastError}`);
  });
}

/** Prints each failed file once, where there is no terminal. */
function createFailurePrinter(screen: Screen): (failed: readonly AnyFile[]) => void {
  const printed = new Set<string>();
  return (failed) => {
    if (screen.live) return;
    for (const { fileId, lastError } of failed.filter((file) => !printed.has(file.fileId))) {
      printed.add(fileId);
      screen.print(fileLine(Date.now(), fileId, `failed: ${lastError ?? ''}`));
    }
  };
}

function headline({ moving, waiting, more }: Look, failed: number): string {
  const speed = moving.reduce((sum, { file }) => sum + (file.bytesPerSecond ?? 0), 0);
  const waits = more ? `more than ${waiting.length} waiting` : `${waiting.length} waiting`;
  return `${moving.length} under way, ${rate(speed)}; ${waits}; ${failed} failed; Ctrl-C ends`;
}

/** Files that a person may have to look into. */
function troubles({ waiting }: Look, failed: readonly AnyFile[]): string[] {
  const line = (what: string, { fileId, lastError = '' }: AnyFile) =>
    `  ${printable(fileId).slice(0, 28).padEnd(28)} ${what}: ${printable(lastError)}`;
  const again = waiting.filter(({ file }) => file.lastError !== undefined);
  return [...again.map(({ file }) => line('waits, after', file)), ...failed.map((file) => line('failed', file))];
}
