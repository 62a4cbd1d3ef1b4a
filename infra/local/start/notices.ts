import { setTimeout as delay } from 'node:timers/promises';
import { choicesOfIncident } from '../../../shared/operate/explain/choices.ts';
import { type IncidentRow, incidentId, isOpen } from '../../../shared/operations/incidents.ts';
import { getItem, scan } from '../../../shared/platform/dynamodb.ts';
import { commandLine } from '../../cli/command-line.ts';
import { choicesWithCommands, type ExplainContext } from '../../cli/explain/choice-lines.ts';
import { noticeLine } from '../../terminal/render.ts';
import type { LogEvent } from './events.ts';

/** Most incidents of a kind whose own commands are shown; beyond that the list is named. */
const maxOfKind = 10;
/** Milliseconds between two reads of an incident that is in the log and not in the table yet, and number of reads. */
const pause = 50;
const looks = 40;

/** Reports how incidents are settled, each once until a person has decided. */
export interface Notices {
  /** The commands that settle the incident of a log line, as lines; none if they were shown before. */
  about(event: LogEvent): Promise<string[]>;
  /** The incidents that were open before the start, as lines. */
  left(): Promise<string[]>;
}

export function createNotices(looking: ExplainContext): Notices {
  const { gateway, where } = looking;
  const told = new Set<string>();
  const counts = new Map<string, number>();

  async function commandsFor(row: IncidentRow): Promise<string[] | undefined> {
    const name = `${row.incidentId} ${row.decidedAt ?? ''}`;
    if (told.has(name) || !isOpen(row)) return undefined;
    told.add(name);
    const count = (counts.get(row.kind) ?? 0) + 1;
    counts.set(row.kind, count);
    if (count > maxOfKind) return [indented(commandLine(where, ['incidents', '--kind', row.kind]))];
    const choices = choicesWithCommands(looking, await choicesOfIncident(gateway, row));
    const commands = choices.flatMap((choice) => ('command' in choice ? choice.command : []));
    return [...hintsOf(row), ...commands].map(indented);
  }

  return {
    async about({ kind, subject }) {
      if (kind === undefined || subject === undefined) return [];
      const key = { incidentId: incidentId({ kind, subject }) };
      for (let look = 0; look < looks; look++) {
        const row = await getItem<IncidentRow>(gateway.db, gateway.tables.incidents, key);
        if (row) return (await commandsFor(row)) ?? [];
        await delay(pause);
      }
      return [];
    },
    async left() {
      const rows = await Array.fromAsync(scan<IncidentRow>(gateway.db, gateway.tables.incidents));
      const lines: string[] = [];
      for (const row of rows.toSorted((one, other) => one.firstSeenAt - other.firstSeenAt)) {
        const commands = await commandsFor(row);
        if (commands) lines.push(noticeLine({ at: row.lastSeenAt, ...row }), ...commands);
      }
      return lines;
    },
  };
}

const indented = (line: string) => `${' '.repeat(10)}${line}`;

/** Hints for an incident that no command can settle. */
function hintsOf({ kind }: Pick<IncidentRow, 'kind'>): string[] {
  if (kind === 'portal-unauthorized') {
    return [
      'It ends when the portal accepts a key. The one here is tried again each quarter of an hour; put another one into the',
      'file of DST_API_KEY_FILE, which is read again by itself, or start again with another DST_API_KEY',
    ];
  }
  return kind === 'portal-unreachable' ? ['It ends by itself when the portal answers'] : [];
}
