import { readMessage } from '../messages/dispatch.ts';
import type { Effect, Plan, Turn } from '../messages/effect.ts';
import { leaseCheck } from '../messages/lease.ts';
import { fileSubject } from '../messages/lines.ts';
import { type HistoryEvent, historyWrites, newestEvent, nextSequence } from '../operations/history.ts';
import { coalesced } from '../platform/concurrency.ts';
import { TransientError } from '../platform/errors.ts';
import { pagesOf } from '../platform/pages.ts';
import { transact, type Write } from '../platform/transaction.ts';
import { present } from '../portal/json.ts';
import { type DeliveredFile, parseMd5 } from '../portal/messages.ts';
import { type ProjectRow, readProject } from '../projects/project.ts';
import { type FileRow, memberKey, objectKeyOf, readFiles } from './file.ts';
import { startTransfers } from './start.ts';
import { type TransferEntry, transferKey } from './transfer.ts';
import type { Transfers } from './transfers.ts';

type DeliveryTurn = Turn<'DataDeliveryReady'>;

/** Files registered in one transaction: each takes four actions of the hundred, the message two, publishing them one. */
export const filesAtOnce = 24;

/** DataDeliveryReady: the files belong to the project from now on, and their transfers are started. */
export function dataDeliveryReady(tables: { projects: string }, transfers: Transfers): Effect<'DataDeliveryReady'> {
  const decide = async (turn: DeliveryTurn) => {
    const { bridge, data, record } = turn;
    const [project, known] = await Promise.all([
      readProject(bridge.db, tables.projects, data.projectNo),
      readFiles(
        bridge,
        transfers.tables.files,
        data.files.map((file) => file.fileId),
      ),
    ]);
    const sorted = sortOut(data, record.messageId, project, known);
    return 'expected' in sorted ? sorted : { missing: await newFiles(turn, sorted.missing) };
  };

  return {
    type: 'DataDeliveryReady',

    async plan(turn): Promise<Plan> {
      const sorted = await decide(turn);
      if ('expected' in sorted) return { kind: 'mismatch', held: true, ...sorted };
      const message = { filesLeft: sorted.missing.length };
      if (sorted.missing.length === 0) return commit('done', message);
      if (sorted.missing.length > filesAtOnce) return commit('applying', message);
      return { ...commit('working', message), ...registration(transfers, turn, sorted.missing) };
    },

    async proceed(turn): Promise<Plan> {
      const sorted = await decide(turn);
      if ('expected' in sorted) return { kind: 'mismatch', held: true, ...sorted };
      // One after the other: all check the lease, and would be in each other's way.
      for (const batch of pagesOf(sorted.missing, filesAtOnce)) await register(transfers, turn, batch);
      return commit('working');
    },

    start: coalesced(() => startTransfers(transfers)),
  };
}

const commit = (state: 'applying' | 'working' | 'done', message: { filesLeft?: number } = {}) =>
  ({ kind: 'commit', state, writes: [], history: [], message }) satisfies Plan;

/**
 * Which files of a delivery are still to be registered, or why it does not fit.
 * A file that is stored with the same MD5 needs nothing; one that this very message registered is under way.
 */
function sortOut(
  { projectNo, files }: DeliveryTurn['data'],
  messageId: string,
  project: ProjectRow | undefined,
  known: ReadonlyMap<string, FileRow>,
): { missing: DeliveredFile[] } | { expected: string; found: string } {
  if (project?.state !== 'active') return { expected: `project ${projectNo}`, found: 'it does not exist' };
  const missing: DeliveredFile[] = [];
  for (const file of files) {
    const checksum = parseMd5(file.fileChecksum);
    if (!checksum) return { expected: `an MD5 for file ${file.fileId}`, found: 'a checksum that is none' };
    const row = known.get(file.fileId);
    if (!row) {
      missing.push(file);
    } else if (row.projectNo !== projectNo) {
      return { expected: `no file ${file.fileId} in another project`, found: `it is in project ${row.projectNo}` };
    } else if (row.messageId !== messageId && (row.checksum !== checksum || row.state !== 'stored')) {
      return {
        expected: `no file ${file.fileId} of other content`,
        found: `it is ${row.state}, with MD5 ${row.checksum}`,
      };
    }
  }
  return { missing };
}

interface NewFile {
  file: DeliveredFile;
  /** Of the first event in its history that is about this delivery. */
  sequence: number;
}

/** The files to be registered: not those that DST had deleted after this delivery, which a person had tried again since. */
async function newFiles({ bridge, record }: DeliveryTurn, files: readonly DeliveredFile[]): Promise<NewFile[]> {
  const { db, tables } = bridge;
  const found = await Promise.all(
    files.map(async (file): Promise<NewFile | undefined> => {
      const subject = fileSubject(file.fileId);
      const sequence = await nextSequence(db, tables.history, subject);
      const deletion = sequence > 1 ? await newestEvent(db, tables.history, subject, 'deleted') : undefined;
      const message = deletion?.messageId ? await readMessage(bridge, deletion.messageId) : undefined;
      return message && message.position > record.position ? undefined : { file, sequence };
    }),
  );
  return found.filter((each) => each !== undefined);
}

async function register(transfers: Transfers, turn: DeliveryTurn, files: readonly NewFile[]): Promise<void> {
  const { bridge, record } = turn;
  const { writes, history } = registration(transfers, turn, files);
  const cause = { messageId: record.messageId, at: bridge.clock.now() };
  const events = historyWrites(bridge.tables, history, cause);
  if ((await transact(bridge.db, bridge.clock, [leaseCheck(bridge, record), ...writes, ...events])) === 'refused') {
    throw new TransientError(`Delivery ${record.messageId}: somebody else registered a file, or took it, meanwhile`);
  }
}

function registration({ bridge, tables }: Transfers, turn: DeliveryTurn, files: readonly NewFile[]) {
  const rows = files.map((each) => rowOf(turn, each));
  return {
    writes: rows.flatMap((row): Write[] => [
      { Put: { TableName: tables.files, Item: row, ConditionExpression: 'attribute_not_exists(fileId)' } },
      { Put: { TableName: bridge.tables.members, Item: memberKey(row) } },
      { Put: { TableName: bridge.tables.lines, Item: entryOf(row) } },
    ]),
    history: rows.map(
      ({ fileId, projectNo, version: sequence }): HistoryEvent => ({
        subject: fileSubject(fileId),
        sequence,
        event: 'registered',
        projectNo,
      }),
    ),
  };
}

function rowOf({ bridge, record, data }: DeliveryTurn, { file, sequence }: NewFile): FileRow {
  const { fileId, portalId, fileSize } = file;
  const { projectNo, dataDeliveryId } = data;
  const now = bridge.clock.now();
  return {
    fileId,
    ...present({ portalId }),
    projectNo,
    messageId: record.messageId,
    ...(dataDeliveryId === undefined ? {} : { dataDeliveryId }),
    objectKey: objectKeyOf(projectNo, fileId),
    // A negative one is a size of more than 2 GB in 32 bits: it tells nothing but what was announced.
    ...present(fileSize !== undefined && fileSize < 0 ? { announcedSize: fileSize } : { size: fileSize }),
    checksum: parseMd5(file.fileChecksum) as string,
    state: 'pending',
    attempt: 0,
    checksumFailures: 0,
    dueAt: now,
    bytesDone: 0,
    position: `${record.position}-${String(data.files.indexOf(file)).padStart(6, '0')}`,
    createdAt: now,
    version: sequence,
  };
}

const entryOf = ({ fileId, messageId, position }: FileRow): TransferEntry => ({
  ...transferKey(position),
  kind: 'delivery',
  fileId,
  messageId,
});
