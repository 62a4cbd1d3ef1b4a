import type { LineEntry } from '../../messages/record.ts';
import { inOrder } from '../find/unmarked.ts';

/** A line with messages that are not marked yet. */
export interface ShownLine {
  line: string;
  /** Numbers of its messages, by state. */
  states: Record<string, number>;
  /** The oldest of its messages whose turn is not over; the oldest of all when there is none. */
  first: LineEntry;
}

const turnIsOver: ReadonlySet<LineEntry['state']> = new Set(['working', 'done', 'superseded', 'dismissed', 'marked']);

/** Lines by the place of their first message. @param entries of all lines, in any order */
export function linesOf(entries: readonly LineEntry[]): ShownLine[] {
  const lines = new Map<string, ShownLine>();
  for (const entry of inOrder(entries)) {
    const known = lines.get(entry.line);
    if (!known) {
      lines.set(entry.line, { line: entry.line, states: { [entry.state]: 1 }, first: entry });
      continue;
    }
    known.states[entry.state] = (known.states[entry.state] ?? 0) + 1;
    if (turnIsOver.has(known.first.state) && !turnIsOver.has(entry.state)) known.first = entry;
  }
  return [...lines.values()].toSorted((one, other) => (one.first.position < other.first.position ? -1 : 1));
}
