import type { Random } from './random.ts';

/** Faults of files, drawn where they may happen. */
export const fileFaults = [
  'download redirected',
  'download forbidden',
  'download a page',
  'download drips',
  'upload redirected',
  'upload forbidden',
  'upload a page',
  'upload answered early',
  'complete late',
  'completion unanswered',
  'clock an hour off',
  'object gone',
  'object replaced',
] as const;
export type FileFault = (typeof fileFaults)[number];

/** How the portal, and those who send results, are for the whole of a run. */
export const fileManners = [
  'files come slowly',
  'short without length',
  'etags of servers',
  'etags of answers',
  'ranges longer than asked',
  'slow first byte',
  'results before projects',
  'uploads across projects',
  'crowded outbox',
  'bad names',
] as const;
export type FileManner = (typeof fileManners)[number];

/** Those of both that the product gets right by now; `SIMULATED_KINDS` names others, separated by commas. */
const ready: readonly (FileFault | FileManner)[] = [
  'files come slowly',
  'etags of servers',
  'etags of answers',
  'short without length',
  'ranges longer than asked',
  'slow first byte',
  'download drips',
  'results before projects',
  'uploads across projects',
  'bad names',
  'complete late',
  'completion unanswered',
  'clock an hour off',
  'crowded outbox',
  'download redirected',
  'download forbidden',
  'download a page',
  'upload redirected',
  'upload forbidden',
  'upload a page',
  'upload answered early',
  'object gone',
  'object replaced',
];

const enabled = new Set<string>(process.env.SIMULATED_KINDS?.split(',') ?? ready);

/** Whether runs may have this kind: then the product is expected to get right all that is like it. */
export const isEnabled = (kind: FileFault | FileManner): boolean => enabled.has(kind);

/** Those faults that may happen. */
export const enabledFaults = fileFaults.filter((kind) => enabled.has(kind));

/** How often a run has a manner. Many results take twice the time of all else, and show what they can show in fewer runs. */
const chanceOf = (kind: FileManner) => (kind === 'crowded outbox' ? 0.07 : 0.2);

/** The manners that one run has. */
export const drawManners = (random: Random): ReadonlySet<FileManner> =>
  new Set(fileManners.filter((kind) => enabled.has(kind) && random.fork(kind).chance(chanceOf(kind))));
