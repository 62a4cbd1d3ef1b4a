import type { FileRow } from '../../shared/files/file.ts';
import { projectSubject } from '../../shared/messages/subject.ts';
import type { TransferEntry } from '../../shared/messages/transfers-line.ts';
import type { Incident } from '../../shared/operations/incidents.ts';

/** Text from outside, safe to show on a terminal: control characters could do anything there. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

/** The first characters of an id, enough to distinguish messages at a glance. */
export const shortId = (id: string) => printable([...id].slice(0, 8).join(''));

/** A number of bytes: `4 kB`, `2.5 MB`, `200 MB`. */
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
  /** Name in the tables: `project#…` for messages known to belong to a project. */
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

/** One line of the live view, about a researcher at the HTTP API. */
export function stepLine(at: number, step: string): string {
  return `${timeOfDay(at)}  ${'researcher'.padEnd(20)}  ${printable(step)}`;
}

/** One line of the live view, about an incident that names neither a message nor a file. */
export function noticeLine({
  at,
  kind,
  subject,
  expected,
  found,
}: { at: number } & Omit<Incident, 'messageId'>): string {
  const what = `${kind}, ${subject}: expected ${expected}, found ${found}`;
  return `${timeOfDay(at)}  ${'incident'.padEnd(20)}  ${printable(what)}`;
}

/** Progress and direction of a file that is being moved. */
export type Progress = Pick<FileRow, 'fileId' | 'bytesDone' | 'bytesTotal' | 'size' | 'bytesPerSecond'> & {
  kind?: TransferEntry['kind'];
};

export const expectedBytes = ({ bytesTotal, size }: Pick<Progress, 'bytesTotal' | 'size'>) => bytesTotal ?? size;

/** Share of a file that is moved, from 0 to 1; undefined if its size is unknown. */
export function share(file: Progress): number | undefined {
  const total = expectedBytes(file);
  return total ? Math.min(1, file.bytesDone / total) : undefined;
}

/** Seconds until a file is moved at its present rate; undefined if size or rate are unknown. */
export function secondsLeft(file: Progress): number | undefined {
  const total = expectedBytes(file);
  if (total === undefined || !file.bytesPerSecond) return undefined;
  return Math.max(0, total - file.bytesDone) / file.bytesPerSecond;
}

/** A length of time: `8 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`;
}

/** A rate of bytes: `85 MB/s`. */
export const rate = (bytesPerSecond: number) => `${bytes(bytesPerSecond)}/s`;

/** Progress of a file, in words. */
export function progressText(file: Progress): string {
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
export function progressBar(file: Progress, columns = Number.POSITIVE_INFINITY): string {
  const way = file.kind === 'return' || file.kind === 'result' ? '↑' : '↓';
  const text = progressText(file);
  const room = Math.max(0, columns - `${way}   ${text}`.length);
  const nameWidth = Math.min(widestName, Math.max(narrowestName, Math.floor(room / 2)), room);
  const barWidth = Math.min(widestBar, room - nameWidth);
  const bar = '█'.repeat(Math.floor((share(file) ?? 0) * barWidth)).padEnd(barWidth, '░');
  return `${way} ${printable(file.fileId).slice(0, nameWidth).padEnd(nameWidth)} ${bar} ${text}`;
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
