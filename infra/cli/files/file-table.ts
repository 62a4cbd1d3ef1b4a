import { expectedBytes, secondsLeft, share } from '../../../shared/files/file-progress.ts';
import { isMoving, progressOf, type ShownFile, stateOf } from '../../../shared/operate/files/file-state.ts';
import { bytes, duration, rate } from '../../../shared/platform/units.ts';
import { printable } from '../../terminal/render.ts';

/** Columns of fixed width, so that a list can have any length; columns of variable width come last. */
const columns = [
  ['STATE', 9],
  ['SIZE', 7],
  ['DONE', 7],
  ['', 5],
  ['RATE', 9],
  ['LEFT', 12],
  ['TRIES', 5],
  ['PROJECT', 8],
  ['FILE', 0],
] as const;

const row = (cells: readonly string[]) =>
  cells
    .map((cell, index) => cell.padEnd(columns[index]?.[1] ?? 0))
    .join('  ')
    .trimEnd();

export const tableHead = row(columns.map(([name]) => name));

/**
 * A file as a line of a table.
 * @param now milliseconds since 1970
 */
export function tableRow(shown: ShownFile, now: number): string {
  const { projectNo, fileId, attempt, lastError } = shown.file;
  const state = stateOf(shown, now);
  const progress = progressOf(shown);
  const part = share(progress);
  const left = secondsLeft(progress);
  const moving = isMoving(shown, now);
  const line = row([
    state,
    bytes(expectedBytes(progress) ?? 0),
    bytes(progress.bytesDone),
    part === undefined ? '' : `${Math.floor(part * 100)} %`,
    moving && progress.bytesPerSecond ? rate(progress.bytesPerSecond) : '',
    moving && left !== undefined ? duration(left) : '',
    String(attempt),
    printable(projectNo),
    printable(fileId),
  ]);
  return lastError === undefined || state === 'stored' ? line : `${line}  ${printable(lastError)}`;
}
