import { transitions } from '../../shared/processes/machine/transitions.ts';

/** Draws the state machine of a process for Mermaid. Steps of one kind between two statuses are one arrow. */
export function drawMachine(): string {
  const arrows = Map.groupBy(
    transitions.filter(({ to }) => to !== 'CANCELED'),
    ({ from, to }) => `  ${from} --> ${to}: `,
  );
  return [
    'stateDiagram-v2',
    '  [*] --> DRAFT',
    ...[...arrows].map(([arrow, steps]) => arrow + [...new Set(steps.map(({ by }) => by))].join(', ')),
  ].join('\n');
}
