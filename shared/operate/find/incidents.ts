import type { OperatorContext } from '../../decisions/context.ts';
import { type IncidentRow, isOpen } from '../../operations/incidents.ts';
import { scan } from '../../platform/dynamodb.ts';

type Reading = Pick<OperatorContext, 'db' | 'tables'>;

/** The state of an incident: one that occurred again after a decision is open again. */
export const stateOfIncident = (row: Parameters<typeof isOpen>[0]): IncidentRow['state'] =>
  isOpen(row) ? 'open' : row.state;

/** Incidents of some kind, the oldest first. Reads the table of incidents, as each poll does. */
export async function findIncidents(
  { db, tables }: Reading,
  wanted: (incident: IncidentRow) => boolean,
): Promise<IncidentRow[]> {
  const rows = await Array.fromAsync(scan<IncidentRow>(db, tables.incidents));
  return rows
    .filter(wanted)
    .toSorted((one, other) => one.firstSeenAt - other.firstSeenAt || (one.incidentId < other.incidentId ? -1 : 1));
}

/** The open incidents of some kind, the oldest first. */
export const openIncidents = (reading: Reading, wanted: (incident: IncidentRow) => boolean): Promise<IncidentRow[]> =>
  findIncidents(reading, (row) => isOpen(row) && wanted(row));
