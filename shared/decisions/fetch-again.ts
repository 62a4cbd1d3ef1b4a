import { type FileRow, noFailures } from '../files/file.ts';
import { readFiles } from '../files/rows.ts';
import { historyWrites } from '../history/history.ts';
import { readMessage } from '../messages/read.ts';
import type { MessageRecord } from '../messages/record.ts';
import { readMessageData } from '../messages/stored-text.ts';
import { fileSubject } from '../messages/subject.ts';
import { returnKey, type TransferEntry, transferKey } from '../messages/transfers-line.ts';
import { transitionWrites } from '../messages/transition.ts';
import { decisionWrite, type IncidentRow, incidentId, isOpen } from '../operations/incidents.ts';
import { resumedWork } from '../operations/resumed-work.ts';
import { getItem, scan, updateExpression } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';
import type { Write } from '../platform/transaction.ts';
import type { Action, Decision, OperatorContext } from './context.ts';

/** A return held because its file is damaged, with its incident. */
interface Held {
  record: MessageRecord;
  incident: IncidentRow;
}

/** Most returns resumed together: each takes four of the 100 actions of a transaction. */
const maxReturns = 20;

/**
 * Fetches a stored file from DST again, because its object is missing or damaged. The object stays until it is replaced.
 * Returns held because of the damage resume and wait for the file.
 *
 * @throws PermanentError giving the reason why that is impossible
 */
export async function planFetchAgain(operator: OperatorContext, fileId: string): Promise<Action> {
  const row = (await readFiles(operator, [fileId])).get(fileId);
  if (!row) throw new PermanentError(`There is no file ${fileId}`);
  const problem = problemOfFetching(row);
  if (problem !== undefined) throw new PermanentError(`File ${fileId} ${problem}`);
  const id = incidentId({ kind: 'file-failed', subject: fileId });
  const [returns, failed] = await Promise.all([
    heldReturns(operator, fileId),
    getItem<IncidentRow>(operator.db, operator.tables.incidents, { incidentId: id }),
  ]);
  const settled = failed && isOpen(failed) ? [failed] : [];
  const waiting = returns.map(({ record }) => `Return ${record.messageId} will go on when the file is stored.`);
  return {
    planned: [
      `File ${fileId} will be fetched from DST again, with all attempts. Its object in S3 stays as it is until the right one takes its place.`,
      ...waiting,
    ],
    completed: [`File ${fileId} waits for a transfer.`],
    transactions: (decision) => [fetchWrites(operator, row, returns, settled, decision)],
  };
}

/** Reason why a file cannot be fetched again; undefined if it can. */
export function problemOfFetching({ state, storedAt }: Pick<FileRow, 'state' | 'storedAt'>): string | undefined {
  if (state === 'deleting') return 'is being deleted';
  if (state === 'pending' || state === 'copying') return 'is being fetched already';
  if (state === 'failed' && storedAt === undefined) {
    return 'was never stored: have it tried again by its incident (incidents retry)';
  }
  return undefined;
}

async function heldReturns(operator: OperatorContext, fileId: string): Promise<Held[]> {
  const held: Held[] = [];
  for await (const incident of scan<IncidentRow>(operator.db, operator.tables.incidents)) {
    if (incident.kind !== 'file-damaged' || !isOpen(incident)) continue;
    const record = await readMessage(operator, incident.subject);
    if (record?.state !== 'held' || record.heldFrom !== 'working' || record.type !== 'ReturnDataFile') continue;
    const content = await readMessageData(operator, record, 'ReturnDataFile');
    if (content.fileId === fileId && held.length < maxReturns) held.push({ record, incident });
  }
  return held;
}

function fetchWrites(
  operator: OperatorContext,
  row: FileRow,
  returns: readonly Held[],
  settled: readonly IncidentRow[],
  { by, reason }: Decision,
): Write[] {
  const { tables, clock } = operator;
  const { fileId, projectNo, messageId, state } = row;
  const at = clock.now();
  const version = row.version + 1;
  const anew = { state: 'pending', dueAt: at, ...noFailures, bytesDone: 0, version };
  const nothing = { bytesTotal: undefined, lastError: undefined };
  const update = updateExpression({ ...anew, ...nothing }, { ':read': row.version, ':former': state });
  const entry: TransferEntry = { ...transferKey(row.position), kind: 'delivery', fileId, messageId };
  const details = { by, reason, returns: returns.map(({ record }) => record.messageId) };
  return [
    {
      Update: {
        TableName: tables.files,
        Key: { fileId },
        ...update,
        ConditionExpression: 'version = :read AND #state = :former',
      },
    },
    { Put: { TableName: tables.lines, Item: entry } },
    ...returns.flatMap(({ record }) => returnWrites(operator, record, fileId, at)),
    ...[...settled, ...returns.map(({ incident }) => incident)].map((incident) =>
      decisionWrite(tables.incidents, incident, 'retried', { by, reason, at }),
    ),
    ...historyWrites(
      tables,
      [{ subject: fileSubject(fileId), sequence: version, event: 'retried', projectNo, details }],
      {
        at,
      },
    ),
  ];
}

/** A deletion may overtake the return, like every failed return. */
function returnWrites(operator: OperatorContext, record: MessageRecord, fileId: string, at: number): Write[] {
  const { messageId } = record;
  const entry: TransferEntry = { ...returnKey(record), kind: 'return', fileId, messageId };
  return [
    ...transitionWrites(operator, record, 'working', resumedWork(at), { yields: true }),
    { Put: { TableName: operator.tables.lines, Item: entry } },
  ];
}
