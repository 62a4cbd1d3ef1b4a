import { projectSubject } from '../../shared/messages/subject.ts';
import type { Incident } from '../../shared/operations/incidents.ts';

/** Text from outside, safe to show on a terminal: control characters could do anything there. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

/** The same of a text over several lines, such as an error that names ids of DST. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** The first characters of an id, enough to distinguish messages at a glance. */
export const shortId = (id: string) => printable([...id].slice(0, 8).join(''));

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
