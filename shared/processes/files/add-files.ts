import { Refusal } from '../../api/answer.ts';
import { batchPut } from '../../platform/dynamodb.ts';
import type { Write } from '../../platform/transaction.ts';
import { changeProcesses } from '../change.ts';
import type { ProcessContext } from '../context.ts';
import { mergeDetails } from '../details.ts';
import { refusals } from '../errors.ts';
import { type FoundProcess, findProcess } from '../find-visible.ts';
import type { ProcessHistoryEntry } from '../history-entry.ts';
import { fileKey } from '../keys.ts';
import { isBeforeRequest } from '../machine/status.ts';
import { requireParty } from '../parties.ts';
import type { ProcessChange } from '../plan.ts';
import { readProcessFiles } from '../read-facts.ts';
import type { ProcessFileRow } from '../rows.ts';
import type { Viewer } from '../viewer.ts';
import { endOfUpload } from './end-upload.ts';
import { sideToAdd } from './file-rights.ts';
import { viewFile } from './file-view.ts';
import { checkLimits, checkLists, maxFileBytes } from './limits.ts';
import { checkName } from './name.ts';
import { putBytes } from './objects.ts';
import { removeObjects } from './remove-remains.ts';

/** A file whose bytes came with a request. */
export interface FileWithBytes {
  fileName: string;
  bytes: Buffer;
}

/** Words of the client about files. */
export type FileDescription = Partial<Pick<ProcessFileRow, 'tags' | 'licenses' | 'certificates' | 'origin'>>;

/**
 * Adds files to a process, all or none.
 *
 * @param asModel whether the file becomes the `model` of the service's details
 * @returns the rows of the files
 * @throws Refusal when the viewer may not, or a file breaks a rule
 */
export async function addFiles(
  context: ProcessContext,
  viewer: Viewer,
  { projectID, processID }: { projectID: string; processID: string },
  files: readonly FileWithBytes[],
  { asModel = false, ...description }: FileDescription & { asModel?: boolean } = {},
): Promise<ProcessFileRow[]> {
  if (files.length === 0) throw refusals.badRequest('The form has no file');
  for (const { fileName, bytes } of files) checkName(fileName, bytes.length, maxFileBytes);
  // Strangers store nothing: asked before the bytes are stored, and again in the transaction.
  const found = await findProcess(context, viewer, processID, projectID);
  const side = sideToAdd(found);
  if (asModel) requireUnsent(found);
  const rows: ProcessFileRow[] = files.map(({ fileName, bytes }) => ({
    ...newFileRow(context, viewer, found, { fileName, size: bytes.length, side, ...description }),
    etag: '',
  }));
  checkLimits([...(await readProcessFiles(context, found.process)), ...rows], isDraft(found));
  // Objects that a crash leaves are removed like an upload that nobody has completed.
  const ends = rows.map(({ fileID }) => ({ ...endOfUpload(context, { projectID, processID, fileID }) }));
  await batchPut(context.db, context.clock, context.tables.processes, ends);
  for (const [index, { bytes }] of files.entries()) {
    const row = rows[index];
    if (row) row.etag = await putBytes(context.attachments, row, bytes);
  }
  try {
    await changeProcesses(context, viewer, projectID, [processID], async (now) => {
      sideToAdd(now);
      if (asModel) requireUnsent(now);
      checkLimits([...(await readProcessFiles(context, now.process)), ...rows], isDraft(now));
      return additionOf(context, now, rows, asModel ? rows[0] : undefined);
    });
  } catch (error) {
    // After another failure the transaction may have been committed. What was not is removed with the end of the uploads.
    if (error instanceof Refusal) await removeObjects(context.attachments, rows);
    throw error;
  }
  return rows;
}

export const isDraft = ({ project }: Pick<FoundProcess, 'project'>): boolean => project.owner.kind === 'session';

/** The model is a detail of the order, which is the client's. */
function requireUnsent({ process, parties }: FoundProcess): void {
  requireParty(parties, 'client');
  if (isBeforeRequest(process.status)) return;
  throw refusals.conflict([{ key: 'Process-Status', message: 'The process was sent already' }]);
}

/** The row of a new file, under an id of its own. @throws Refusal with 400 when its lists are too long */
export function newFileRow(
  { clock, newId }: Pick<ProcessContext, 'clock' | 'newId'>,
  viewer: Viewer,
  { process: { projectID, processID } }: Pick<FoundProcess, 'process'>,
  {
    fileName,
    size,
    side,
    tags = [],
    licenses = [],
    certificates = [],
    origin,
  }: FileDescription & Pick<ProcessFileRow, 'fileName' | 'size' | 'side'>,
): Omit<ProcessFileRow, 'etag'> {
  checkLists({ tags, licenses, certificates });
  const fileID = newId();
  return {
    ...fileKey(projectID, processID, fileID),
    ...{ processID, fileID, fileName, tags, licenses, certificates, side, size },
    ...(origin !== undefined && { origin }),
    createdBy: viewer.name,
    at: clock.now(),
  };
}

/** The change that adds files whose objects are there. @param model the file that becomes the service's model */
export function additionOf(
  { tables }: Pick<ProcessContext, 'tables'>,
  { process }: Pick<FoundProcess, 'process'>,
  rows: readonly ProcessFileRow[],
  model?: ProcessFileRow,
): ProcessChange & { entries: readonly ProcessHistoryEntry[] } {
  const put = (Item: ProcessFileRow): Write => ({
    Put: { TableName: tables.processes, Item, ConditionExpression: 'attribute_not_exists(fileID)' },
  });
  const added = rows.map(
    (row): ProcessHistoryEntry => ({ event: 'file added', type: 'FILE', key: 'files', data: viewFile(row) }),
  );
  const details = model && { model: { id: model.fileID } };
  const edited = isBeforeRequest(process.status);
  return {
    ...(edited && { edited, files: (files) => [...files, ...rows] }),
    ...(details && { set: { serviceDetails: mergeDetails('serviceDetails', process.serviceDetails, details) } }),
    entries: [
      ...added,
      ...(details ? [{ event: 'changed', type: 'DETAILS', key: 'serviceDetails', data: details } as const] : []),
    ],
    writes: () => rows.map(put),
  };
}
