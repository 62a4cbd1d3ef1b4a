import type { messageStates } from './operate-shapes.ts';

/** Milliseconds. A poll comes each minute. */
const soon = 5_000;
const later = 60_000;

/** Message states that end with an event or an incident, or that nothing follows. */
const pushed = new Set<string>(['held', 'working', 'marked'] satisfies (typeof messageStates)[number][]);

/** Whether one of these states changes without a push: the mark of a message is no event. */
export const areOnTheirWay = (states: readonly string[]): boolean => states.some((state) => !pushed.has(state));

/**
 * Milliseconds after which a resource is read anew without a push; false for never.
 *
 * @param shown its pages, as far as they are shown
 * @param isPassing as for `useResource`
 */
export function rereadAfter<Page>(shown: readonly Page[] = [], isPassing?: (page: Page) => boolean): number | false {
  if (!isPassing) return false;
  return shown.some(isPassing) ? soon : later;
}
