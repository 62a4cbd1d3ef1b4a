import { nextSequences } from '../../history/history.ts';
import { deletionSince } from '../../messages/deleted-since.ts';
import { type HandlerContext, type MessagePlan, waitForPerson } from '../../messages/handle/handler.ts';
import { fileSubject, projectSubject, transfersLine } from '../../messages/subject.ts';
import { type TransferEntry, transferPosition } from '../../messages/transfers-line.ts';
import { query } from '../../platform/dynamodb.ts';
import { type DeliveredFile, parseMd5 } from '../../portal/message-schema.ts';
import { type ProjectRow, readProject } from '../../projects/project.ts';
import type { FileRow } from '../file.ts';
import { filesOf, isResult, readRows } from '../rows.ts';

export type DeliveryHandling = HandlerContext<'DataDeliveryReady'>;

/** Plan for a delivery that does not fit or has to wait. */
type Misfit = Extract<MessagePlan, { kind: 'mismatch' | 'wait' }>;

const misfit = (expected: string, found: string, lacks?: string): Misfit => ({
  kind: 'mismatch',
  held: true,
  expected,
  found,
  lacks,
});

/** Files of a delivery that fits. */
export interface Sorted {
  toRegister: FileToRegister[];
  /** Files that are not stored when these are registered. */
  filesLeft: number;
  /** A file that the delivery had registered before and that failed since. */
  failed: FileRow | undefined;
}

/**
 * The files of a delivery still to be registered, or the plan for a delivery that does not fit. May be called again after a part
 * is registered.
 */
export async function filesToRegister(handling: DeliveryHandling): Promise<Sorted | Misfit> {
  const { context, data, record } = handling;
  const [project, rows] = await Promise.all([
    readProject(context, data.projectNo),
    readRows(
      context,
      data.files.map((file) => file.fileId),
    ),
  ]);
  const known = filesOf(rows);
  const gone = await deletedSince(handling, data.files, known);
  const files = data.files.filter(({ fileId }) => !gone.has(fileId));
  // A deletion has overtaken this delivery and will supersede it.
  if (project?.state === 'deleting') return waitForPerson(context);
  const result = rows.values().find(isResult);
  if (result) return misfit(`no result ${result.fileId}`, `project ${result.projectNo} has it`);
  const sorted = sortOut({ ...data, files }, record.messageId, project, known);
  if ('kind' in sorted) return sorted;
  const [missing, entered] = await Promise.all([newFiles(handling, sorted.missing), awaitedBefore(handling, known)]);
  const awaited = sorted.awaited.filter(({ fileId }) => !entered.has(fileId));
  const own = [...known.values()].filter((row) => row.messageId === record.messageId && row.storedAt === undefined);
  const isMissing = new Set(missing.map(({ file }) => file.fileId));
  const stillAwaited = [...entered].filter((fileId) => !isMissing.has(fileId));
  const toRegister = [...missing, ...awaited.map((file) => ({ file }))];
  const filesLeft = toRegister.length + own.length + stillAwaited.length;
  return { toRegister, filesLeft, failed: own.find(({ state }) => state === 'failed') };
}

/**
 * The files of a delivery still to be registered, or the reason why it does not fit. A file stored with the same MD5 needs
 * nothing, a file registered by this message is in progress, and a file that another delivery is fetching is waited for.
 */
function sortOut(
  { projectNo, files }: DeliveryHandling['data'],
  messageId: string,
  project: ProjectRow | undefined,
  known: ReadonlyMap<string, FileRow>,
): { missing: DeliveredFile[]; awaited: DeliveredFile[] } | Misfit {
  if (!project) {
    return misfit(`project ${projectNo}`, 'it does not exist', projectSubject(projectNo));
  }
  const [missing, awaited]: [DeliveredFile[], DeliveredFile[]] = [[], []];
  for (const file of files) {
    const { fileId } = file;
    const checksum = parseMd5(file.fileChecksum);
    if (!checksum) return misfit(`an MD5 of file ${fileId}`, announcedText(file));
    const row = known.get(fileId);
    if (!row) {
      missing.push(file);
    } else if (row.projectNo !== projectNo) {
      return misfit(`no file ${fileId} in another project`, `it is in project ${row.projectNo}`);
    } else if (row.messageId !== messageId) {
      const problem = problemOfOther(row, checksum);
      if (problem) return problem;
      if (row.state !== 'stored') awaited.push(file);
    }
  }
  return { missing, awaited };
}

/** Reason why the known file of another delivery differs from the file delivered again; undefined if they are the same. */
function problemOfOther(
  { fileId, checksum, state, messageId, lastError }: FileRow,
  announced: string,
): Misfit | undefined {
  if (checksum !== announced)
    return misfit(`no file ${fileId} of other content`, `it is ${state}, with MD5 ${checksum}`);
  if (state !== 'failed') return undefined;
  return misfit(`file ${fileId}, which delivery ${messageId} brings`, `it failed: ${lastError}`);
}

/** The announced MD5 for an error text, cut off: an MD5 has only 32 characters. */
const announcedText = ({ fileChecksum }: DeliveredFile) =>
  `the portal announced ${JSON.stringify(fileChecksum.slice(0, 100))}, which is no MD5`;

/** Prefix of the positions of a delivery's files. */
export const positionsOfFiles = ({ line, position }: DeliveryHandling['record']) =>
  transferPosition(line, 'delivery', `${position}-`);

/** The files that a delivery waits for already. Reads the line only if another delivery has one of them. */
async function awaitedBefore(
  { context, record }: DeliveryHandling,
  known: ReadonlyMap<string, FileRow>,
): Promise<Set<string>> {
  const isOthers = ({ messageId }: FileRow) => messageId !== record.messageId;
  if (record.filesLeft === undefined || !known.values().some(isOthers)) return new Set();
  const entries = query<TransferEntry>(context.db, {
    TableName: context.tables.lines,
    KeyConditionExpression: 'line = :line AND #position BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#position': 'position' },
    ExpressionAttributeValues: {
      ':line': transfersLine,
      ':first': positionsOfFiles(record),
      ':last': `${positionsOfFiles(record)}\u{10ffff}`,
    },
  });
  const awaited = (await Array.fromAsync(entries)).filter(({ awaits }) => awaits !== undefined);
  return new Set(awaited.map(({ fileId }) => fileId));
}

export interface NewFile {
  file: DeliveredFile;
  /** Sequence of this delivery's first event in the file's history. */
  sequence: number;
}

/** Without a sequence, the file is waited for because another delivery is fetching it. */
export type FileToRegister = NewFile | { file: DeliveredFile; sequence?: undefined };

/** The files to register, without files that DST deleted after this delivery, which an operator has retried since. */
async function newFiles(handling: DeliveryHandling, files: readonly DeliveredFile[]): Promise<NewFile[]> {
  const subjects = files.map(({ fileId }) => fileSubject(fileId));
  const sequences = await nextSequences(handling.context, subjects);
  const found = await Promise.all(
    files.map(async (file): Promise<NewFile | undefined> => {
      const sequence = sequences.get(fileSubject(file.fileId)) ?? 1;
      return sequence > 1 && (await wasDeletedSince(handling, file)) ? undefined : { file, sequence };
    }),
  );
  return found.filter((each) => each !== undefined);
}

/** Whether DST deleted a file after this delivery. */
const wasDeletedSince = async (handling: DeliveryHandling, { fileId }: DeliveredFile): Promise<boolean> =>
  (await deletionSince(handling, fileSubject(fileId))) !== undefined;

/**
 * The files that do not fit because they were delivered anew, perhaps to another project, after DST had deleted those of this
 * delivery.
 */
async function deletedSince(
  handling: DeliveryHandling,
  files: readonly DeliveredFile[],
  known: ReadonlyMap<string, FileRow>,
): Promise<Set<string>> {
  const differs = (file: DeliveredFile) => {
    const row = known.get(file.fileId);
    if (!row || row.messageId === handling.record.messageId) return false;
    return row.projectNo !== handling.data.projectNo || row.checksum !== parseMd5(file.fileChecksum);
  };
  const gone = await Promise.all(
    files.filter(differs).map(async (file) => ((await wasDeletedSince(handling, file)) ? [file.fileId] : [])),
  );
  return new Set(gone.flat());
}
