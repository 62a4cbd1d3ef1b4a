import { getItem } from '../../platform/dynamodb.ts';
import { transact, type Write } from '../../platform/transaction.ts';
import { changeProcesses } from '../change.ts';
import type { ProcessContext } from '../context.ts';
import { refusals } from '../errors.ts';
import { findProcess } from '../find-visible.ts';
import { isId } from '../ids.ts';
import { fileKey, uploadKey } from '../keys.ts';
import { readProcessFiles } from '../read-facts.ts';
import type { ProcessFileRow, UploadRow } from '../rows.ts';
import type { Viewer } from '../viewer.ts';
import { workPut } from '../work.ts';
import { additionOf, type FileDescription, isDraft, newFileRow } from './add-files.ts';
import { endOfUpload } from './end-upload.ts';
import { sideToAdd } from './file-rights.ts';
import { checkLimits, maxFileBytes } from './limits.ts';
import { checkName } from './name.ts';
import { addressSeconds, headFile, uploadAddress } from './objects.ts';

// A large file goes to S3 by itself: the client asks for an address, puts the bytes there, and says that they are there.

/** An upload that was begun. */
export interface BegunUpload {
  uploadID: string;
  method: 'PUT';
  url: string;
  /** Headers that the request has to have. */
  headers: Record<string, string>;
  /** End of the address. */
  expires: string;
}

/** Begins the upload of a file. @throws Refusal when the viewer may not, or the file breaks a rule */
export async function beginUpload(
  context: ProcessContext,
  viewer: Viewer,
  { projectID, processID }: { projectID: string; processID: string },
  {
    fileName,
    size,
    md5,
    ...description
  }: FileDescription & { fileName: string; size: number; md5?: string | undefined },
): Promise<BegunUpload> {
  const { db, clock, tables, attachments } = context;
  checkName(fileName, size, maxFileBytes);
  const found = await findProcess(context, viewer, processID, projectID);
  const side = sideToAdd(found);
  const file = newFileRow(context, viewer, found, { fileName, size, side, ...description });
  checkLimits([...(await readProcessFiles(context, found.process)), file], isDraft(found));
  const { fileID } = file;
  const row: UploadRow = { ...file, ...uploadKey(projectID, processID, fileID), ...(md5 !== undefined && { md5 }) };
  await transact(db, clock, [
    { Put: { TableName: tables.processes, Item: row } },
    workPut(context, endOfUpload(context, { projectID, processID, fileID })),
  ]);
  const { url, headers } = await uploadAddress(attachments, { processID, fileID, size, md5 });
  const expires = new Date(clock.now() + addressSeconds * 1_000).toISOString();
  return { uploadID: fileID, method: 'PUT', url, headers, expires };
}

/**
 * Adds an uploaded file to its process. Repeated, it answers the same.
 *
 * @throws Refusal with 404 for an unknown upload, 409 when the bytes are not there, or not as many as announced
 */
export async function completeUpload(
  context: ProcessContext,
  viewer: Viewer,
  { projectID, processID, uploadID }: { projectID: string; processID: string; uploadID: string },
): Promise<ProcessFileRow> {
  const { db, tables, attachments } = context;
  await findProcess(context, viewer, processID, projectID);
  if (!isId(uploadID)) throw refusals.notFound();
  const added = { ...fileKey(projectID, processID, uploadID) };
  const begun = uploadKey(projectID, processID, uploadID);
  const readUpload = () => getItem<UploadRow>(db, tables.processes, { ...begun });
  // The upload goes as its file comes: read first, one of the two is always seen.
  const upload = await readUpload();
  const present = await getItem<ProcessFileRow>(db, tables.processes, added);
  if (present) return present;
  if (!upload) throw refusals.notFound();
  const object = await headFile(attachments, { processID, fileID: uploadID });
  if (object?.size !== upload.size) {
    const message = object ? `The file has ${object.size} bytes, not ${upload.size}` : 'The file is not there yet';
    throw refusals.conflict([{ key: 'Process-Files', message }]);
  }
  const { md5: _, ...file } = upload;
  const row: ProcessFileRow = { ...file, ...added, scope: added.scope, item: added.item, etag: object.etag };
  const removal: Write = {
    Delete: { TableName: tables.processes, Key: begun, ConditionExpression: 'attribute_exists(fileID)' },
  };
  await changeProcesses(context, viewer, projectID, [processID], async (found) => {
    if (sideToAdd(found) !== upload.side) throw refusals.notAllowed();
    const isBegun = await readUpload();
    const files = await readProcessFiles(context, found.process);
    if (files.some(({ fileID }) => fileID === uploadID)) return undefined;
    // Its day is over, and its object goes.
    if (!isBegun) throw refusals.notFound();
    checkLimits([...files, row], isDraft(found));
    const addition = additionOf(context, found, [row]);
    return { ...addition, writes: (sequence) => [...(addition.writes?.(sequence) ?? []), removal] };
  });
  return row;
}
