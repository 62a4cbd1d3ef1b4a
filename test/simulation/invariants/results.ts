import { createHash } from 'node:crypto';
import { outboxPrefix } from '../../../shared/files/object-key.ts';
import type { ResultRow } from '../../../shared/files/result.ts';
import { isResult } from '../../../shared/files/rows.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { fileSubject, projectSubject } from '../../../shared/messages/subject.ts';
import type { Incident } from '../../../shared/operations/incidents.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import type { Item } from '../expressions.ts';
import { isEnabled } from '../file-kinds.ts';
import type { ReceivedResult } from '../portal.ts';
import { resultKey } from '../results.ts';
import type { StoredObject } from '../s3.ts';
import { filesBucket } from '../simulated-services.ts';
import type { World } from '../world.ts';
import { type HistoryItem, rows } from './rows.ts';

const outbox = `${filesBucket}/outbox/`;

const etagOf = (content: string) => `"${createHash('md5').update(content).digest('hex')}"`;

const resultRow = (world: World, key: string) =>
  rows<ResultRow>(world, 'files').find((row) => row.fileId === key && isResult(row));

const projectState = (world: World, projectNo: string) =>
  rows<{ projectNo: string; state: string }>(world, 'projects').find((row) => row.projectNo === projectNo)?.state;

const isReceived = ({ portal }: World, key: string, etag: string) =>
  portal.results.some((received) => resultKey(received) === key && etagOf(received.content) === etag);

/** Objects put into the outbox. */
export interface ResultPut {
  key: string;
  content: string;
  /** Whether its project was gone by then, and nobody was about to make it anew. */
  isLate: boolean;
  /** When it was put, or begun to be put in parts, as S3 tells it: milliseconds since 1970. */
  putAt: number;
}

export function noteResult(world: World, place: string, { bytes, modifiedAt }: StoredObject): void {
  const key = place.slice(filesBucket.length + 1);
  const projectNo = world.deeds.find((deed) => resultKey(deed) === key)?.projectNo;
  if (projectNo === undefined) return;
  const subject = projectSubject(projectNo);
  const wasDeleted = rows<HistoryItem>(world, 'history').some(
    (item) => item.subject === subject && item.event === 'deleted',
  );
  const isMade = rows<MessageRecord>(world, 'messages').some(
    ({ type, line, leaseUntil }) => type === 'CreateProject' && line === subject && leaseUntil !== undefined,
  );
  const isLate = wasDeleted && !isMade && projectState(world, projectNo) === undefined;
  world.puts.push({ key, content: bytes.toString(), isLate, putAt: modifiedAt.getTime() });
}

/** Notes when a project is made: as soon as its outbox was seen to be empty for it. */
export function noteCreation(world: World, after: Item | undefined, before: Item | undefined): void {
  const { projectNo, createdAt } = (after ?? {}) as Partial<ProjectRow>;
  if (projectNo === undefined || createdAt === undefined || before) return;
  const emptyAt = world.s3.emptyAt.get(`${filesBucket}/${outboxPrefix(projectNo)}`);
  world.createdAt.set(projectNo, Math.min(createdAt, emptyAt ?? createdAt));
}

/** Whether what was put cannot have been put for the project that is there now. */
const isEarly = ({ createdAt, isSkewed }: World, projectNo: string, { putAt }: Pick<ResultPut, 'putAt'>) =>
  !isSkewed && putAt + tolerance <= (createdAt.get(projectNo) ?? 0);

/** S3 tells times in whole seconds, and its servers' clocks may differ: in milliseconds. */
const tolerance = 4_000;

/** DST gets what was put, whole, and under the number of its own project: not of one that came later, or was deleted before. */
export function violationOfResult(world: World, received: ReceivedResult): string | undefined {
  const { projectNo, fileName, content } = received;
  const puts = world.puts.filter((put) => put.key === resultKey(received) && put.content === content);
  if (puts.length === 0) return `DST got ${fileName} of ${projectNo} as nobody put it: ${content}`;
  const isLooked = isEnabled('results before projects') || isEnabled('uploads across projects');
  if (isLooked && puts.every((put) => isEarly(world, projectNo, put)))
    return `DST got ${fileName} of ${projectNo}, which was put before the project was made`;
  return puts.every(({ isLate }) => isLate)
    ? `DST got ${fileName} of ${projectNo}, which was put when there was no such project`
    : undefined;
}

/** Results recorded as sent have arrived. */
export function violationOfSent(world: World, after: Item | undefined, before: Item | undefined): string | undefined {
  const { fileId, etag, state } = (after ?? {}) as Partial<ResultRow>;
  if (state !== 'sent' || before?.state === 'sent' || isReceived(world, fileId ?? '', etag ?? '')) return undefined;
  return `${fileId} is recorded as sent, and did not arrive`;
}

/**
 * An object removed from the outbox was recorded as sent, or its project is being deleted, or it came after that. The same bytes
 * that are put again while they are recorded as sent may go with the first: S3 tells them apart by nothing, and DST has them.
 */
export function violationOfRemoval(
  world: World,
  place: string,
  { etag, modifiedAt }: StoredObject,
): string | undefined {
  if (!place.startsWith(outbox)) return undefined;
  const key = place.slice(filesBucket.length + 1);
  const events = rows<HistoryItem>(world, 'history').filter(({ details }) => details?.etag === etag);
  if (events.some(({ subject, event }) => event === 'sent' && subject === fileSubject(key))) return undefined;
  // By the time of its removal there may be a new project of that number.
  if (events.some(({ event, details }) => event === 'deleted' && details?.putAt === modifiedAt.getTime()))
    return undefined;
  const projectNo = world.deeds.find((deed) => resultKey(deed) === key)?.projectNo ?? '';
  return projectState(world, projectNo) === 'active' ? `${key} was removed before it was recorded as sent` : undefined;
}

/** Every result is sent and gone, or somebody was told why not. */
export function* unsentResults(world: World) {
  const told = new Set(rows<Incident>(world, 'incidents').map(({ kind, subject }) => `${kind} ${subject}`));
  const last = new Map(world.deeds.map((deed) => [resultKey(deed), deed]));
  const deleted = new Set(
    [...world.sent.values()].map(({ content }) => content?.type === 'DeleteProject' && content.data.projectNo),
  );
  // Objects put before the project's creation were removed by it.
  const early = new Set(
    rows<HistoryItem>(world, 'history')
      .filter(
        ({ event, details }) => event === 'deleted' && details?.reason === 'it was put before the project was created',
      )
      .map(({ subject }) => subject),
  );
  for (const [key, { projectNo, content, by }] of last) {
    const isThere = world.s3.objects.has(`${filesBucket}/${key}`);
    const state = projectState(world, projectNo);
    const isActive = state === 'active';
    const hasFailed = resultRow(world, key)?.state === 'failed' && told.has(`file-failed ${key}`);
    // A project whose deletion waits for a person has an incident.
    if (isThere && key.includes('\\') && told.has(`result-refused ${outboxPrefix(projectNo)} (name)`)) continue;
    // An upload begun before the project's creation and ended after it stays until the object is put again.
    if (isThere && told.has(`result-refused ${outboxPrefix(projectNo)} (time)`)) continue;
    if (isThere && state === undefined && !told.has(`result-refused ${outboxPrefix(projectNo)} (project)`))
      yield `${key} is of no project, and nobody was told`;
    if (isThere && isActive && !hasFailed) yield `${key} is left in the outbox`;
    // An object that an operator puts in the place of another is refused.
    if (isThere || !isActive || deleted.has(projectNo) || content === undefined || by === 'operator') continue;
    // An upload that was ended before it was complete has put nothing.
    const wasPut = world.puts.some((put) => put.key === key && put.content === content);
    if (early.has(fileSubject(key)) || !wasPut) continue;
    if (!isReceived(world, key, etagOf(content))) yield `${key} is gone, and did not arrive`;
  }
}

/** Whatever number of objects has a bad name, a person is told once for each project and reason. */
export function* crowdedIncidents(world: World) {
  const refused = rows<Incident>(world, 'incidents').filter(({ kind }) => kind === 'result-refused');
  const projects = new Set(world.deeds.map(({ projectNo }) => projectNo));
  // Refused for their names, for their project's absence, or because they were there before the project.
  if (isEnabled('bad names') && refused.length > 4 * projects.size)
    yield `${refused.length} incidents tell of refused results of ${projects.size} projects`;
}

/** Nothing is sent that was not taken up before. */
export function* strangeResultEvents(world: World) {
  const subjects = Map.groupBy(rows<HistoryItem>(world, 'history'), ({ subject }) => subject);
  for (const [subject, items] of subjects) {
    if (!subject.startsWith('file#outbox/')) continue;
    const events = items
      .filter(({ event }) => event !== 'incident dismissed')
      .toSorted((one, other) => one.sequence - other.sequence)
      .map(({ event }) => event);
    const isStrange = events.some(
      (event, index) => event === 'sent' && !['registered', 'retried'].includes(events[index - 1] ?? ''),
    );
    if (isStrange) yield `${subject} has the events ${events}`;
  }
}
