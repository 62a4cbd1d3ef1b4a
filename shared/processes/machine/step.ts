import type { Missing } from '../missing.ts';
import { missingFor, type ProcessFacts } from './facts.ts';
import type { Status } from './status.ts';
import { type Party, type Transition, transitions } from './transitions.ts';

export type StepOutcome =
  | { readonly kind: 'step'; readonly transition: Transition }
  /** The other side may make the step, or nobody may. */
  | { readonly kind: 'not-allowed' }
  | { readonly kind: 'missing'; readonly missing: readonly Missing[] };

/** Decides about a step that a party asks for. @param parties that the caller is */
export function decideStep(facts: ProcessFacts, to: Status, parties: ReadonlySet<Party>): StepOutcome {
  const leading = transitions.filter((transition) => transition.to === to && transition.by !== 'automatic');
  const own = leading.filter(({ by }) => parties.has(by));
  const here = own.find(({ from }) => from === facts.status);
  if (here) {
    const missing = missingFor(facts, here.needs);
    return missing.length === 0 ? { kind: 'step', transition: here } : { kind: 'missing', missing };
  }
  if (own.length === 0 || leading.some(({ from }) => from === facts.status)) return { kind: 'not-allowed' };
  const [first] = own;
  const status: Missing = {
    key: 'Process-Status',
    message: `The process is ${facts.status}, and ${to} follows ${[...new Set(own.map(({ from }) => from))].join(' or ')}`,
  };
  return { kind: 'missing', missing: [...missingFor(facts, first?.needs ?? []), status] };
}

/** The automatic step that follows now, undefined for none. */
export const automaticStep = (facts: ProcessFacts): Transition | undefined =>
  transitions.find(
    ({ by, from, needs }) => by === 'automatic' && from === facts.status && missingFor(facts, needs).length === 0,
  );

/** The steps that a party may ask for now, and what each still lacks. */
export const openSteps = (facts: ProcessFacts, parties: ReadonlySet<Party>) =>
  transitions
    .filter(({ by, from }) => from === facts.status && by !== 'automatic' && by !== 'system' && parties.has(by))
    .map((transition) => ({ transition, missing: missingFor(facts, transition.needs) }));
