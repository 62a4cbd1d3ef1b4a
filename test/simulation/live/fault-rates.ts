import { callFaults } from '../calls.ts';
import type { Intensities } from '../faults.ts';
import type { Random } from '../random.ts';
import { networkFaults } from './websocket-api.ts';

const kinds = [
  ...callFaults,
  ...networkFaults,
  'invocation late',
  'disconnect lost',
  'publishing skipped',
  'program restarted',
  'push expired',
] as const;

const calls: ReadonlySet<string> = new Set(callFaults);

/** Kinds of faults of a run and their rates: some runs are calm, some have many of a kind. */
export function drawIntensities(random: Random): Intensities {
  if (random.fork('calm').chance(0.1)) return {};
  const intensity = (kind: string) => {
    if (!random.chance(0.5)) return 0;
    // The watch alone makes some calls a second.
    return calls.has(kind) ? 0.06 * random.next() ** 3 : 0.3 * random.next() ** 2;
  };
  return Object.fromEntries(kinds.map((kind) => [kind, intensity(kind)]));
}
