import { dstProjectId, projectNoIn } from '../../../shared/processes/ids.ts';
import type { ProcessFileRow, ProcessWorkRow } from '../../../shared/processes/rows.ts';
import { attachmentsBucket } from '../simulated-services.ts';
import type { World } from '../world.ts';
import { type HistoryItem, rows } from './rows.ts';

interface Row {
  scope: string;
  item: string;
  projectID?: string;
}

/** After DeleteProject nothing is left of the processes of the project, and their histories end with their deletion. */
export function* leftOfProcesses(world: World) {
  const existing = new Set(
    rows<{ projectNo: string }>(world, 'projects').map(({ projectNo }) => dstProjectId(projectNo)),
  );
  const isGone = (projectID: string) => projectNoIn(projectID) !== undefined && !existing.has(projectID);
  const left = rows<Row>(world, 'processes').filter(({ scope }) => scope !== 'work');
  for (const { scope, item, projectID = '' } of left) {
    const ofProject = scope.startsWith('project#') ? scope.slice('project#'.length) : projectID;
    if (isGone(ofProject)) yield `${scope} ${item} is left of the deleted ${projectNoIn(ofProject)}`;
  }
  const histories = Map.groupBy(
    rows<HistoryItem & { details?: { projectID?: string } }>(world, 'history'),
    ({ subject }) => subject,
  );
  for (const [subject, events] of histories) {
    const last = events.toSorted((one, other) => one.sequence - other.sequence).at(-1);
    const isOfGone = subject.startsWith('process#') && isGone(last?.details?.projectID ?? '');
    if (isOfGone && last?.event !== 'deleted')
      yield `${subject} ends with ${last?.event}, though its project was deleted`;
  }
}

/**
 * An object belongs to a file, or to an upload that is removed when its time is over, and a file has its object: but for a file of a
 * project whose deletion was broken off and waits for a person. Objects go first, as rows are what its repetition finds them by, and
 * nobody sees the project any more.
 */
export function* strayAttachments(world: World) {
  const all = rows<ProcessFileRow & ProcessWorkRow & { state?: string }>(world, 'processes');
  const files = all.flatMap(({ item, processID, fileID }) =>
    item.includes('#file#') ? [`${processID}/${fileID}`] : [],
  );
  const uploads = all.flatMap(({ kind, processID, data }) =>
    kind === 'end-upload' ? [`${processID}/${data.fileID}`] : [],
  );
  const unfinished = all.flatMap(({ kind, processID }) => (kind === 'remove-files' ? [`${processID}`] : []));
  const deleting = new Set(
    all.flatMap(({ scope, item, state }) => (item === 'project' && state === 'deleting' ? [scope] : [])),
  );
  const halfDeleted = new Set(
    all.flatMap(({ scope, processID, fileID }) => (deleting.has(scope) ? [`${processID}/${fileID}`] : [])),
  );
  const expected = new Set([...files, ...uploads]);
  for (const place of world.s3.objects.keys()) {
    if (!place.startsWith(`${attachmentsBucket}/`)) continue;
    const [, file = ''] = place.split('/processes/');
    if (!expected.has(file) && !unfinished.includes(file.split('/')[0] ?? '')) yield `${place} belongs to no file`;
  }
  for (const file of files) {
    const isHalfRemoved = unfinished.includes(file.split('/')[0] ?? '') || halfDeleted.has(file);
    if (!isHalfRemoved && !world.s3.objects.has(`${attachmentsBucket}/processes/${file}`)) {
      yield `the file ${file} has no object`;
    }
  }
}
