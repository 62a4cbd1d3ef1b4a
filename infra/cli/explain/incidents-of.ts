import type { IncidentRow } from '../../../shared/operations/incidents.ts';
import { commandLine } from '../command-line.ts';
import type { ExplainContext } from './choice-lines.ts';

const maxShown = 10;

/** Open incidents, each with the command that shows its details. */
export function incidentLines({ where }: Pick<ExplainContext, 'where'>, incidents: readonly IncidentRow[]): string[] {
  const lines = incidents
    .slice(0, maxShown)
    .flatMap(({ incidentId, kind, subject, expected, found }) => [
      `${kind} of ${subject}: expected ${expected}; found ${found}`,
      `    ${commandLine(where, ['incidents'], incidentId)}`,
    ]);
  const more = incidents.length - maxShown;
  return more > 0 ? [...lines, `and ${more} more: ${commandLine(where, ['incidents'])}`] : lines;
}
