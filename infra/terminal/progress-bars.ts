import { expectedBytes, type FileProgress, secondsLeft, share } from '../../shared/files/file-progress.ts';
import { bytes, duration, rate } from '../../shared/platform/units.ts';
import { fileLine, printable } from './render.ts';
import type { Screen } from './screen.ts';

/** Milliseconds between two lines about one file where there are no bars. */
const sparseInterval = 5_000;

/** Lines around the files' bars, where there are bars. */
interface Around {
  above?: readonly string[];
  below?: readonly string[];
}

/** Shows the progress of files: as bars, or without a terminal as a line for each now and then. */
export function createProgressBars(screen: Screen): (files: readonly FileProgress[], around?: Around) => void {
  const lastShown = new Map<string, number>();
  return (files, { above = [], below = [] } = {}) => {
    screen.bars([...above, ...files.map((file) => progressBar(file, screen.columns)), ...below]);
    if (screen.live) return;
    const now = Date.now();
    for (const file of files) {
      const last = lastShown.get(file.fileId) ?? now;
      if (last === now || now - last >= sparseInterval) lastShown.set(file.fileId, now);
      if (now - last >= sparseInterval) screen.print(fileLine(now, file.fileId, progressText(file)));
    }
    for (const fileId of lastShown.keys()) {
      if (!files.some((file) => file.fileId === fileId)) lastShown.delete(fileId);
    }
  };
}

/** Progress of a file, in words. */
export function progressText(file: FileProgress): string {
  const part = share(file);
  const left = secondsLeft(file);
  const done =
    part === undefined
      ? bytes(file.bytesDone)
      : `${String(Math.floor(part * 100)).padStart(3)} %  ${bytes(file.bytesDone)} of ${bytes(expectedBytes(file) ?? 0)}`;
  return [
    done,
    ...(file.bytesPerSecond ? [rate(file.bytesPerSecond)] : []),
    ...(left === undefined ? [] : [`${duration(left)} left`]),
  ].join('  ');
}

const widestBar = 30;
const widestName = 28;
const narrowestName = 12;

/**
 * Progress of a file, as a bar. The numbers are never cut: first the bar, then the file's id get shorter.
 * @param columns greatest width, in characters
 */
export function progressBar(file: FileProgress, columns = Number.POSITIVE_INFINITY): string {
  const way = file.kind === 'return' || file.kind === 'result' ? '↑' : '↓';
  const text = progressText(file);
  const room = Math.max(0, columns - `${way}   ${text}`.length);
  const nameWidth = Math.min(widestName, Math.max(narrowestName, Math.floor(room / 2)), room);
  const barWidth = Math.min(widestBar, room - nameWidth);
  const bar = '█'.repeat(Math.floor((share(file) ?? 0) * barWidth)).padEnd(barWidth, '░');
  return `${way} ${printable(file.fileId).slice(0, nameWidth).padEnd(nameWidth)} ${bar} ${text}`;
}
