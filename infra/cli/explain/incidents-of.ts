import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { commandLine } from '../command-line.ts';
import type { ExplainContext } from './choices.ts';

/** The open incidents of some kind, the oldest first. */
export async function openIncidents(
  { gateway: { db, tables } }: Pick<ExplainContext, 'gateway'>,
  wanted: (incident: IncidentRow) => boolean,
): Promise<IncidentRow[]> {
  const rows = await Array.fromAsync(scan<IncidentRow>(db, tables.incidents));
  return rows.filter((row) => isOpen(row) && wanted(row)).toSorted((a, b) => a.firstSeenAt - b.firstSeenAt);
}

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
