import { callFaults } from './calls.ts';
import { downloadFaults } from './downloads.ts';
import type { Intensities } from './faults.ts';
import { enabledFaults } from './file-kinds.ts';
import type { Random } from './random.ts';
import { taskFaults } from './tasks.ts';
import { uploadFaults } from './uploads.ts';

/** Faults of a whole minute. */
export const minuteFaults = [
  'poll skipped',
  'poll doubled',
  'portal down',
  'key refused',
  'deploy',
  'all paused',
] as const;

const faultKinds = [
  ...callFaults,
  'message lost',
  'message doubled',
  'message late',
  'list truncated',
  'list stale',
  'list is a page',
  ...downloadFaults,
  ...uploadFaults,
  ...taskFaults,
  'get broken',
  'upload lost',
  'complete refused',
  'abort refused',
  'put slow',
  ...minuteFaults,
  'clock ahead',
  'clock behind',
  'operator acts',
  'event refused',
] as const;

/**
 * Kinds of faults of a run and their rates: some runs are calm, some have all of one kind.
 *
 * @param clocks share of runs in which clocks may differ, 0 to 1
 */
export function drawIntensities(random: Random, clocks = 1): Intensities {
  if (random.fork('calm').chance(0.1)) return {};
  const calls = new Set<string>(callFaults);
  // Faults that keep polls away for a quarter of an hour, or files from arriving, leave little else to happen.
  // Where each call fails as often, hardly a function comes to its end.
  const isGentle = random.fork('gentle').chance(0.5);
  const isReachable = random.fork('reachable').chance(0.6);
  const mayDiffer = random.fork('clocks').chance(clocks);
  const isSmooth = random.fork('smooth').chance(0.5);
  const share = (kind: string) => {
    if (isReachable && silencing.has(kind)) return 0;
    if (isGentle && calls.has(kind)) return 0.1;
    return isSmooth && (kind.startsWith('download') || arriving.has(kind)) ? 0.1 : 1;
  };
  const intensity = (kind: string) => {
    if (!random.chance(0.6)) return 0;
    if (kind.startsWith('clock')) return mayDiffer && random.chance(0.4) ? 0.5 * random.next() ** 2 : 0;
    if (kind === 'complete late') return random.next();
    const most = calls.has(kind) ? 0.15 * random.next() ** 3 : 0.5 * random.next() ** 2;
    return most * share(kind);
  };
  return Object.fromEntries(
    [...faultKinds, ...enabledFaults, 'job step doubled'].map((kind) => [kind, intensity(kind)]),
  );
}

/** Faults after which the portal is asked seldom. */
const silencing: ReadonlySet<string> = new Set(['key refused', 'portal down', 'list is a page']);

/** Faults of files on their way to S3. */
const arriving: ReadonlySet<string> = new Set([...downloadFaults, 'get broken']);
