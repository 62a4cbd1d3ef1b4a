import { type IncidentRow, incidentKinds, isOpen } from '../../../shared/operations/incidents.ts';
import { getItem, scan } from '../../../shared/platform/dynamodb.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { incidentDetail } from '../explain/incident.ts';
import { chooseId } from '../find/find-id.ts';
import { dateTime, listing, printPage, readLimit, readWord, refuseFilters, type Show } from '../listing.ts';
import type { Gateway } from '../target/gateway.ts';
import { type ListedIncident, withSubjects } from './incident-list.ts';

const states = ['open', 'retried', 'dismissed', 'resolved', 'all'] as const;

const options = {
  state: { type: 'string', value: 'STATE', summary: `only those that are ${states.join(', ')}; open unless told` },
  kind: { type: 'string', value: 'KIND', summary: `only those of this kind: ${incidentKinds.join(', ')}` },
  ...listing,
} as const;

/** Lists what a person should see. */
export const incidents: Command<typeof options> = {
  arguments: ['incidentId?'],
  options,
  summary:
    'lists what a person should see, the oldest first; of one it tells what DST wants, why it stands, what can be done',
  examples: ['incidents', 'incidents 3f2a9c', 'incidents --kind file-failed --state all'],
  async run({ gateway, screen, where }, { state, kind, after, ...values }, incidentId) {
    if (incidentId !== undefined) refuseFilters('incidentId', { state, kind, after, limit: values.limit });
    const wanted = readWord('state', state, states) ?? 'open';
    readWord('kind', kind, incidentKinds);
    readLimit(values.limit);
    const opened = await gateway();
    if (incidentId !== undefined) {
      const incident = await findIncident(opened, incidentId);
      return printDetail(screen, values, await incidentDetail({ gateway: opened, where }, incident));
    }
    const rows = await Array.fromAsync(scan<IncidentRow>(opened.db, opened.tables.incidents));
    const matching = rows
      .filter((row) => (wanted === 'all' || stateOf(row) === wanted) && (kind === undefined || row.kind === kind))
      .toSorted((a, b) => a.firstSeenAt - b.firstSeenAt || (a.incidentId < b.incidentId ? -1 : 1));
    return printPage(screen, values, withSubjects(opened, behind(matching, after)), show, {
      state: wanted,
      kind,
      after,
    });
  },
};

/** What came again after a person had decided is open again. */
const stateOf = (row: Parameters<typeof isOpen>[0]) => (isOpen(row) ? 'open' : row.state);

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
    stateOf({ kind, count, ...row }),
    String(count),
    dateTime(lastSeenAt),
    projectNo,
    messageId ?? '',
    fileId ?? (subject === messageId ? '' : subject),
    `expected ${row.expected}; found ${row.found}${row.reason === undefined ? '' : `; ${row.decidedBy}: ${row.reason}`}`,
  ],
  describe: ({ incident, projectNo, fileId }) => {
    const { decidedCount: _, ...row } = incident;
    return { ...row, state: stateOf(incident), projectNo, fileId };
  },
  id: ({ incident }) => incident.incidentId.slice(0, shortest),
  one: 'incident',
  many: 'incidents',
};

/** Characters of an incident's id that tell it from others, as the list shows them. */
const shortest = 12;

/**
 * The incident of an id, or of the beginning of one.
 *
 * @throws PermanentError when there is none, or more than one
 */
export async function findIncident({ db, tables }: Gateway, text: string): Promise<IncidentRow> {
  const exact = await getItem<IncidentRow>(db, tables.incidents, { incidentId: text });
  if (exact) return exact;
  const found = new Map<string, IncidentRow>();
  for await (const row of scan<IncidentRow>(db, tables.incidents)) {
    if (row.incidentId.startsWith(text)) found.set(row.incidentId, row);
  }
  return found.get(chooseId('incident', text, new Set(found.keys()))) as IncidentRow;
}
