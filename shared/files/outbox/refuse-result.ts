import type { MessageContext } from '../../messages/context.ts';
import {
  type Incident,
  type IncidentRow,
  incidentId,
  recordIncident,
  resolvedWrites,
} from '../../operations/incidents.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { transact } from '../../platform/transaction.ts';
import type { ProjectRow } from '../../projects/project.ts';
import { outboxPrefix } from '../object-key.ts';

/** Reason why objects of the outbox are not sent. Refusals with the same subject are one incident. */
export type ResultRefusal = Pick<Incident, 'subject' | 'expected' | 'found'> & {
  /** Details of this object. */
  detail?: string;
};

/** An object that is not sent. */
export interface RefusedPut {
  key: string;
  /** Last modification according to S3, in milliseconds since 1970. */
  modifiedAt: number;
  detail?: string | undefined;
}

/** An incident about refused objects, and the attributes that prevent counting an object twice. */
interface RefusalRow extends IncidentRow {
  /** Last modification of the newest counted object. */
  newestPut?: number;
  /** Names of some of the newest objects. */
  examples?: string[];
}

const kind = 'result-refused';

/** Keys that an incident names. */
const maxExamples = 3;

/** Tolerated difference between the clocks of S3's servers, in milliseconds. S3 gives times in whole seconds. */
const clockTolerance = 2_000;

export const badFolder: ResultRefusal = {
  subject: 'outbox/ (folder)',
  expected: 'outbox/{project number}/{file name}',
  found: 'the folder is no escaped project number',
};

const about = (projectNo: string, reason: string) => `${outboxPrefix(projectNo)} (${reason})`;

export const badName = (projectNo: string, problem: string): ResultRefusal => ({
  subject: about(projectNo, 'name'),
  expected: 'file names that can be sent',
  found: 'other names',
  detail: problem,
});

export const fileOfDst = (projectNo: string): ResultRefusal => ({
  subject: about(projectNo, 'id'),
  expected: 'keys that are no ids of files',
  found: 'a file of DST has the key for an id',
});

export const noProject = (projectNo: string): ResultRefusal => ({
  subject: about(projectNo, 'project'),
  expected: `project ${projectNo}`,
  found: 'the project does not exist; what is there when DST creates the project is removed',
});

export const removedAtCreation = (projectNo: string): ResultRefusal => ({
  subject: about(projectNo, 'removed'),
  expected: 'files that are put after their project was created',
  found: 'the files were put before that, and were removed when the project was created',
});

/** Refusal of an object that was put before its project existed; undefined if it was put later. */
export function refusalByTime(
  { projectNo, emptyAt = 0 }: Pick<ProjectRow, 'projectNo' | 'emptyAt'>,
  { modifiedAt }: Pick<RefusedPut, 'modifiedAt'>,
): ResultRefusal | undefined {
  if (modifiedAt + 1_000 + clockTolerance > emptyAt) return undefined;
  return {
    subject: about(projectNo, 'time'),
    expected: 'files that are put after their project was created',
    found: 'the files were put, or their uploads begun, before that; to have one sent, put it again',
  };
}

/**
 * Opens or updates the incident of objects refused for one reason, and counts them.
 *
 * @param onlyNew whether to skip objects put no later than those counted before
 */
export async function refuse(
  context: MessageContext,
  refusal: ResultRefusal,
  puts: readonly RefusedPut[],
  { onlyNew }: { onlyNew: boolean },
): Promise<void> {
  const { db, log, tables } = context;
  const row = await getItem<RefusalRow>(db, tables.incidents, { incidentId: incidentId({ kind, ...refusal }) });
  const newestPut = row?.newestPut ?? -1;
  const counted = onlyNew ? puts.filter(({ modifiedAt }) => modifiedAt > newestPut) : puts;
  if (counted.length === 0) return;
  const named = counted.map(({ key, detail }) => (detail === undefined ? key : `${key} (${detail})`));
  const keys = [...named.reverse(), ...(row?.examples ?? [])];
  const examples = [...new Set(keys)].slice(0, maxExamples);
  const count = (row?.count ?? 0) + counted.length;
  const names = `${examples.join(', ')}${count > examples.length ? ` and others, ${count} in all` : ''}`;
  const { subject, expected, found } = refusal;
  const incident: Incident = { kind, subject, expected, found: `${found}: ${names}` };
  const newest = counted.reduce((latest, { modifiedAt }) => Math.max(latest, modifiedAt), newestPut);
  log.warn('incident', { ...incident, refused: counted.length });
  await recordIncident(context, incident, { times: counted.length, attributes: { newestPut: newest, examples } });
}

/** Resolves the incident of a refusal that no longer applies, if there is one. */
export async function resolveRefusal(context: MessageContext, { subject }: ResultRefusal): Promise<void> {
  const { db, clock, tables } = context;
  const incident = { kind, subject } as const;
  const row = await getItem<RefusalRow>(db, tables.incidents, { incidentId: incidentId(incident) });
  if (row?.state === 'open') await transact(db, clock, resolvedWrites(context, incident, clock.now()));
}
