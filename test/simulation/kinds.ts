import type { Random } from './random.ts';

/** Ways in which a portal's messages are unkind. Each run has some of them. */
export const messageKinds = [
  'return then deletion',
  'revocation behind a deletion',
  'stray identifiers',
  'moved identifiers',
  'letter case',
  'other words',
  'redelivery',
  'inverted order',
  'marks not kept',
  'empty list in other words',
  'key forgiven',
  'bomb',
  'reused ids',
] as const;
export type MessageKind = (typeof messageKinds)[number];

/** The kinds that the product gets right by now; `SIMULATED_KINDS` names others, separated by commas. */
const ready: readonly MessageKind[] = [
  'letter case',
  'other words',
  'redelivery',
  'marks not kept',
  'empty list in other words',
  'key forgiven',
  'bomb',
  'reused ids',
];

const wanted = process.env.SIMULATED_KINDS?.split(',');
const enabled = messageKinds.filter((kind) => (wanted ?? ready).includes(kind));

/** Whether runs may have this kind: then the oracle expects the product to get it right. */
export const isEnabled = (kind: MessageKind): boolean => enabled.includes(kind);

/** The kinds that one run has. */
export const drawKinds = (random: Random): ReadonlySet<MessageKind> =>
  new Set(enabled.filter((kind) => random.fork(kind).chance(0.35)));
