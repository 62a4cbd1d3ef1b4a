import { findIncidents, stateOfIncident } from '../../../shared/operate/find/incidents.ts';
import { type ListedIncident, withSubjects } from '../../../shared/operate/lists/incident-subjects.ts';
import { type IncidentRow, incidentKinds } from '../../../shared/operations/incidents.ts';
import { getItem, scan } from '../../../shared/platform/dynamodb.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { incidentDetail } from '../explain/incident.ts';
import { beginningsOf, chooseId } from '../find/find-id.ts';
import { dateTime, listing, printPage, readLimit, refuseFilters, type Show } from '../listing.ts';
import type { OperatedGateway } from '../target/gateway.ts';

const states = ['open', 'retried', 'dismissed', 'resolved', 'all'] as const;

const options = {
  state: { flags: '--state <STATE>', choices: states, summary: 'only of this state; open unless given' },
  kind: { flags: '--kind <KIND>', choices: incidentKinds, summary: 'only of this kind' },
  ...listing,
} as const;

/** Lists incidents, or explains one. */
export const incidents: Command<typeof options> = {
  name: 'incidents',
  group: 'Look',
  arguments: ['[incidentId]'],
  options,
  summary: 'List incidents, the oldest first; or explain one: the request of DST, why it waits, what can be done',
  examples: ['incidents', 'incidents 3f2a9c', 'incidents --kind file-failed --state all'],
  async run(operation, { state, kind, after, limit }, incidentId) {
    if (incidentId !== undefined) refuseFilters('incidentId', { state, kind, after, limit });
    const wanted = state ?? 'open';
    readLimit(limit);
    const opened = await operation.gateway();
    if (incidentId !== undefined) {
      const incident = await findIncident(opened, incidentId);
      return printDetail(operation, await incidentDetail({ gateway: opened, where: operation.where }, incident));
    }
    const matching = await findIncidents(
      opened,
      (row) => (wanted === 'all' || stateOfIncident(row) === wanted) && (kind === undefined || row.kind === kind),
    );
    const filters = { state: wanted, kind, after };
    return printPage(operation, limit, withSubjects(opened, behind(matching, after)), show, filters);
  },
};

async function* behind(rows: readonly IncidentRow[], after: string | undefined): AsyncGenerator<IncidentRow> {
  const index = after === undefined ? -1 : rows.findIndex((row) => row.incidentId.startsWith(after));
  if (after !== undefined && index < 0) throw new InvalidInputError(`--after: there is no incident ${after} here`);
  yield* rows.slice(index + 1);
}

const show: Show<ListedIncident> = {
  head: ['INCIDENT', 'KIND', 'STATE', 'COUNT', 'LAST SEEN', 'PROJECT', 'MESSAGE', 'FILE OR SUBJECT', 'WHAT'],
  row: ({ incident: { incidentId, kind, count, lastSeenAt, messageId, subject, ...row }, projectNo = '', fileId }) => [
    incidentId.slice(0, shortest),
    kind,
    stateOfIncident({ kind, count, ...row }),
    String(count),
    dateTime(lastSeenAt),
    projectNo,
    messageId ?? '',
    fileId ?? (subject === messageId ? '' : subject),
    `expected ${row.expected}; found ${row.found}${row.reason === undefined ? '' : `; ${row.decidedBy}: ${row.reason}`}`,
  ],
  describe: ({ incident, projectNo, fileId }) => {
    const { decidedCount: _, ...row } = incident;
    return { ...row, state: stateOfIncident(incident), projectNo, fileId };
  },
  id: ({ incident }) => incident.incidentId.slice(0, shortest),
  one: 'incident',
  many: 'incidents',
};

/** Characters of an incident's id shown in the list. */
const shortest = 12;

/**
 * Finds an incident by its id or by the beginning of its id.
 *
 * @throws PermanentError if there is none, or more than one
 */
export async function findIncident({ db, tables }: OperatedGateway, text: string): Promise<IncidentRow> {
  const exact = await getItem<IncidentRow>(db, tables.incidents, { incidentId: text });
  if (exact) return exact;
  const beginnings = beginningsOf(text);
  const found = new Map<string, IncidentRow>();
  for await (const row of scan<IncidentRow>(db, tables.incidents)) {
    if (beginnings.some((each) => row.incidentId.startsWith(each))) found.set(row.incidentId, row);
  }
  return found.get(chooseId('incident', text, new Set(found.keys()))) as IncidentRow;
}
