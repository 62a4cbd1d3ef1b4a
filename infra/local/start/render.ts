import type { FileRow } from '../../../shared/files/file.ts';
import { projectSubject } from '../../../shared/messages/lines.ts';

/** Text from outside, safe to show on a terminal: control characters could do anything there. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

/** The first characters of an id, enough to tell messages apart at a glance. */
export const shortId = (id: string) => printable([...id].slice(0, 8).join(''));

/** How much a file holds: `4 kB`, `2.5 MB`, `200 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor((String(Math.floor(count)).length - 1) / 3)));
  const value = count / 1000 ** power;
  return `${value < 10 && power > 1 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** The time of day, local, to the second. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

export interface MessageLine {
  at: number;
  messageId: string;
  type: string;
  /** As the tables name it: `project#…` for all that is known to belong to a project. */
  line: string;
  outcome: string;
}

/** One line of the live view, about one message. */
export function messageLine({ at, messageId, type, line, outcome }: MessageLine): string {
  const project = line.startsWith(projectSubject('')) ? `project ${line.slice(projectSubject('').length)}` : '-';
  return [
    timeOfDay(at),
    printable(type).slice(0, 22).padEnd(20),
    shortId(messageId).padEnd(8),
    printable(project).slice(0, 24).padEnd(12),
    printable(outcome),
  ].join('  ');
}

/** One line of the live view, about one file. */
export function fileLine(at: number, fileId: string, outcome: string): string {
  return `${timeOfDay(at)}  ${'file'.padEnd(20)}  ${printable(fileId).slice(0, 40)}  ${printable(outcome)}`;
}

type Progress = Pick<FileRow, 'fileId' | 'bytesDone' | 'bytesTotal' | 'size'>;

const expectedBytes = ({ bytesTotal, size }: Progress) => bytesTotal ?? size;

/** The share of a file that is copied, from 0 to 1; nothing when its size isn't known. */
function share(file: Progress): number | undefined {
  const total = expectedBytes(file);
  return total ? Math.min(1, file.bytesDone / total) : undefined;
}

/** How far a copy is, in words. */
export function progressText(file: Progress): string {
  const part = share(file);
  if (part === undefined) return bytes(file.bytesDone);
  return `${String(Math.floor(part * 100)).padStart(3)} %  ${bytes(file.bytesDone)} of ${bytes(expectedBytes(file) ?? 0)}`;
}

const barWidth = 30;

/** How far a copy is, as a bar. */
export function progressBar(file: Progress): string {
  const filled = Math.floor((share(file) ?? 0) * barWidth);
  const bar = '█'.repeat(filled).padEnd(barWidth, '░');
  return `  ${printable(file.fileId).slice(0, 28).padEnd(28)} ${bar} ${progressText(file)}`;
}

/** Rows under one another: the first column and text columns to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
