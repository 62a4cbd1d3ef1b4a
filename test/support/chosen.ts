/** Which of the ways each call is disturbed in; another one gives the other ways. */
export const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

const all = process.env.CRASHES === 'all';

/**
 * Of the ways in which a call can be disturbed, the one that is tried now: a different one for the next call, and for the
 * next seed. With `CRASHES=all`, all of them.
 */
export function chosenOf<Way>(ways: readonly Way[], call: number): readonly Way[] {
  const turn = (call + seed) % ways.length;
  return all ? ways : ways.slice(turn, turn + 1);
}
