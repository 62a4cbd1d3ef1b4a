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

/** Those kinds that `SIMULATED_KINDS` names, separated by commas; else all. */
const wanted = process.env.SIMULATED_KINDS?.split(',');
const enabled = messageKinds.filter((kind) => wanted?.includes(kind) ?? true);

/** Whether runs may have this kind: then the oracle expects the product to get it right. */
export const isEnabled = (kind: MessageKind): boolean => enabled.includes(kind);

/** The kinds that one run has. */
export const drawKinds = (random: Random): ReadonlySet<MessageKind> =>
  new Set(enabled.filter((kind) => random.fork(kind).chance(0.35)));
