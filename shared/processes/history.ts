import type { Actor } from '../accounts/history.ts';
import type { HistoryEvent, HistoryRow } from '../history/history.ts';
import type { Write } from '../platform/transaction.ts';
import { omitUndefined } from '../portal/json.ts';
import { clientAudience, contractorAudience, sessionAudience } from './audience.ts';
import type { ProcessContext } from './context.ts';
import { missedEventWrites } from './events/write-missed-events.ts';
import { historyTypes, type ProcessHistoryEntry } from './history-entry.ts';
import type { ProcessProjectRow, ProcessRow } from './rows.ts';
import { type Viewer, viewerId } from './viewer.ts';

/** Details of an event of a process, as the table `history` keeps them: values are JSON. */
export interface ProcessEventDetails extends Record<string, unknown>, Actor {
  /** Display name and id of the person; no id for visitors and the gateway itself. */
  name: string;
  userID?: string;
  projectID: string;
  type: number;
  key?: string;
  data?: string;
  old?: string;
  details?: string;
}

export const processSubject = (processID: string): string => `process#${processID}`;

export const processProjectSubject = (projectID: string): string => `process-project#${projectID}`;

/** Audiences of the parties of a process: its client, and its contractor once it was sent. */
function partiesOf({ owner }: ProcessProjectRow, { contractor }: Pick<ProcessRow, 'contractor'>): string[] {
  return [...ownersOf(owner), ...(contractor ? [contractorAudience(contractor.id)] : [])];
}

function ownersOf(owner: ProcessProjectRow['owner']): string[] {
  if (owner.kind === 'account') return [clientAudience(owner.id)];
  return [owner.kind === 'dst' ? `project#${owner.projectNo}` : sessionAudience(owner.id)];
}

interface Happening {
  project: ProcessProjectRow;
  process: Pick<ProcessRow, 'processID' | 'contractor'>;
  /** Sequence of the newest event so far. */
  version: number;
  entries: readonly ProcessHistoryEntry[];
}

/** The events of entries, one after the other. @param by who did it */
export const processEvents = ({ project, process, version, entries }: Happening, viewer: Viewer): HistoryEvent[] =>
  entries.map(({ event, type, key, data, old, details }, index) => ({
    subject: processSubject(process.processID),
    sequence: version + 1 + index,
    event,
    ...(project.owner.kind === 'dst' && { projectNo: project.owner.projectNo }),
    parties: partiesOf(project, process),
    details: omitUndefined({
      ...viewer.actor,
      name: viewer.name,
      userID: viewer.account ? viewerId(viewer) : undefined,
      projectID: project.projectID,
      type: historyTypes[type],
      key,
      data: json(data),
      old: json(old),
      details: json(details),
    } satisfies { [Field in keyof ProcessEventDetails]: ProcessEventDetails[Field] | undefined }),
  }));

const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

/** The event of a project of processes. */
export const projectEvent = (
  { projectID, owner, version }: ProcessProjectRow,
  { event, details }: Pick<HistoryEvent, 'event' | 'details'>,
  { actor }: { actor: Actor },
): HistoryEvent => ({
  subject: processProjectSubject(projectID),
  sequence: version + 1,
  event,
  parties: ownersOf(owner),
  details: { ...actor, ...details },
});

/** Everything that writing events needs. */
interface EventContext extends Pick<ProcessContext, 'clock'> {
  tables: Pick<ProcessContext['tables'], 'processes' | 'history' | 'unpublished'>;
}

/**
 * The writes that append events to the history and queue them for publishing. Values are not published: together they may be
 * more than an item holds.
 */
export function eventWrites({ clock, tables }: EventContext, events: readonly HistoryEvent[]): Write[] {
  const at = clock.now();
  const [first, ...others] = events.map((event): HistoryRow => {
    const { data: _, old: __, details: ___, ...published } = event.details ?? {};
    return { ...event, details: published, at };
  });
  if (!first) return [];
  return [
    ...events.map((event) => ({
      Put: {
        TableName: tables.history,
        Item: { ...event, at },
        ConditionExpression: 'attribute_not_exists(subject)',
      },
    })),
    { Put: { TableName: tables.unpublished, Item: others.length > 0 ? { ...first, others } : first } },
    ...missedEventWrites({ clock, tables }, events),
  ];
}
