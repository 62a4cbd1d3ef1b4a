import type { LineEntry } from '../../../shared/messages/record.ts';

/** Messages of a line that are shown on either side of one. */
const neighbours = 5;

/** A message among those of its line that are not marked yet. */
export function lineLines(entries: readonly LineEntry[], messageId: string): string[] {
  const own = entries.findIndex((entry) => entry.messageId === messageId);
  if (own < 0 || entries.length === 1) return [];
  const [from, to] = [Math.max(0, own - neighbours), own + neighbours + 1];
  return [
    ...(from > 0 ? [`  ${from} more`] : []),
    ...entries.slice(from, to).map((entry) => `${entry.messageId === messageId ? '→' : ' '} ${entryLine(entry)}`),
    ...(entries.length > to ? [`  ${entries.length - to} more`] : []),
  ];
}

/** A message that is not marked yet, in a line. */
export const entryLine = ({ state, type, messageId }: LineEntry): string =>
  `${state.padEnd(10)}  ${type.padEnd(20)}  ${messageId}`;
