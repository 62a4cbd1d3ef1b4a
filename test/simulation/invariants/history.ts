import { eventSchema } from '../../../shared/operations/events.ts';
import type { World } from '../world.ts';
import { type HistoryItem, rows } from './rows.ts';

export function* gapsInHistory(world: World) {
  const subjects = Map.groupBy(rows<HistoryItem>(world, 'history'), ({ subject }) => subject);
  for (const [subject, events] of subjects) {
    const sequences = events.map(({ sequence }) => sequence).sort((a, b) => a - b);
    if (sequences.some((sequence, index) => sequence !== index + 1)) yield `${subject} has history ${sequences}`;
  }
}

/** What is in the history is published, at least once, and nothing else is. */
export function* untoldHistory(world: World) {
  const keyOf = ({ subject, sequence, event }: HistoryItem) => `${subject} ${sequence}: ${event}`;
  const happened = new Set(rows<HistoryItem>(world, 'history').map(keyOf));
  const told = new Set(world.bus.published.map((detail) => keyOf(eventSchema.parse(JSON.parse(detail)))));
  for (const key of happened.difference(told)) yield `${key} is not published`;
  for (const key of told.difference(happened)) yield `${key} is published, and did not happen`;
}
