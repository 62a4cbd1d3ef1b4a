import { type FileRow, readFiles } from '../files/file.ts';
import { isResult, type ResultRow, readRows } from '../files/result.ts';
import { type TransferEntry, transferKey } from '../files/transfer.ts';
import { stateWrites } from '../messages/change.ts';
import { readContent } from '../messages/content.ts';
import { readMessage } from '../messages/dispatch.ts';
import { fileSubject } from '../messages/lines.ts';
import type { MessageRecord } from '../messages/record.ts';
import { changing } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';
import type { Write } from '../platform/transaction.ts';
import type { Action, Decision, Desk } from './desk.ts';
import { type HistoryEvent, historyWrites } from './history.ts';
import { decisionWrite, type IncidentRow, mayHold } from './incidents.ts';
import { aboutMessage, noteWrites } from './note.ts';

/**
 * Has what an incident is about tried again.
 *
 * @throws PermanentError saying why that would be of no use
 */
export async function planRetry(desk: Desk, incident: IncidentRow): Promise<Action> {
  const { kind, subject, messageId } = incident;
  if (kind === 'file-failed') {
    const row = (await readRows(desk, desk.tables.files, [subject])).get(subject);
    if (row?.state !== 'failed') throw new PermanentError(`File ${subject} is ${row?.state ?? 'gone'}: not failed`);
    return isResult(row) ? retryResult(desk, incident, row) : retryFile(desk, incident, row);
  }
  const record = messageId === undefined ? undefined : await readMessage(desk, messageId);
  const problem = problemOfRetry(incident, record);
  if (problem !== undefined || !record) throw new PermanentError(problem ?? 'There is no message');
  return retryMessage(desk, incident, record);
}

/** Why it would be of no use to try a message again; nothing when it may be of use. */
export function problemOfRetry(
  { kind, messageId }: Pick<IncidentRow, 'kind' | 'messageId'>,
  record: Pick<MessageRecord, 'state' | 'heldFrom'> | undefined,
): string | undefined {
  if (kind === 'needs-approval') return `Message ${messageId} waits for a person's word: release or dismiss it`;
  if (!mayHold({ kind })) {
    return 'Nothing is held for it: what can be tried again is, by itself. Dismiss it when it is settled';
  }
  if (!record) return 'It is about no message that could be tried again: dismiss it when it is settled';
  if (record.state !== 'held')
    return `Message ${messageId} is ${record.state}, not held: there is nothing to try again`;
  if (!record.heldFrom) return `Message ${messageId} can't be read or is of an unknown type: no retry can help`;
  return undefined;
}

/** What a message has again that goes on from where it was held. */
export const goingOn = (now: number) => ({
  heldFrom: undefined,
  attempts: 0,
  refusals: undefined,
  dueAt: now,
  leaseUntil: undefined,
  lastError: undefined,
});

async function retryMessage(desk: Desk, incident: IncidentRow, record: MessageRecord): Promise<Action> {
  const { tables, clock } = desk;
  const { messageId, heldFrom = 'open', type } = record;
  const isReturn = type === 'ReturnDataFile' && heldFrom === 'working';
  const entries = isReturn ? [await returnEntry(desk, record)] : [];
  const about = await aboutMessage(desk, record);
  return {
    will: [`${type} ${messageId} will go on from where it was held (${heldFrom}), with all its attempts.`],
    did: [`${type} ${messageId} goes on from where it was held (${heldFrom}).`],
    transactions: async (decision) => [
      [
        ...stateWrites(desk, record, heldFrom, goingOn(clock.now()), { yields: isReturn || undefined }),
        ...entries.map((Item): Write => ({ Put: { TableName: tables.lines, Item } })),
        ...retried(desk, incident, decision),
        ...(await noteWrites(desk, { ...about, event: 'retried', details: { type } }, decision)),
      ],
    ],
  };
}

async function returnEntry(desk: Desk, record: MessageRecord): Promise<TransferEntry> {
  const { fileId } = await readContent(desk, record, 'ReturnDataFile');
  return { ...transferKey(record.position), kind: 'return', fileId, messageId: record.messageId };
}

const retried = ({ tables, clock }: Desk, incident: IncidentRow, decision: Decision) => [
  decisionWrite(tables.incidents, incident, 'retried', { ...decision, at: clock.now() }),
];

/** A delivered file waits for a transfer again; its delivery goes on when no other file of it has failed. */
async function retryFile(desk: Desk, incident: IncidentRow, row: FileRow): Promise<Action> {
  const { fileId, messageId } = row;
  const record = await readMessage(desk, messageId);
  if (record?.state !== 'held' && record?.state !== 'working') {
    throw new PermanentError(`Its delivery ${messageId} is ${record?.state ?? 'gone'}: it takes no more files`);
  }
  const others = record.state === 'held' ? await failedOf(desk, record, fileId) : [];
  const goesOn = record.heldFrom === 'working' && others.length === 0;
  const stays = others.length > 0 ? `stay held, because ${others.length} other files of it failed` : 'stay held';
  const delivery = record.state === 'working' || goesOn ? 'go on' : stays;
  const now = desk.clock.now();
  const going = goesOn
    ? stateWrites(desk, record, 'working', { ...goingOn(now), attempts: record.attempts })
    : stateWrites(desk, record, record.state);
  const changes = { state: 'pending', failures: 0, checksumFailures: 0, dueAt: now } as const;
  const entry: TransferEntry = { ...transferKey(row.position), kind: 'delivery', fileId, messageId };
  return {
    will: [
      `File ${fileId} will be fetched again, with all its attempts.`,
      `Its delivery ${messageId} will ${delivery}.`,
    ],
    did: [`File ${fileId} waits for a transfer again.`],
    transactions: (decision) => [
      [...going, ...again(desk, row, changes, entry, decision), ...retried(desk, incident, decision)],
    ],
  };
}

function retryResult(desk: Desk, incident: IncidentRow, row: ResultRow): Action {
  const { fileId } = row;
  const changes = { state: 'pending', failures: 0, dueAt: desk.clock.now() } as const;
  const entry: TransferEntry = { ...transferKey(row.position), kind: 'result', fileId };
  return {
    will: [`Result ${fileId} will be sent again, with all its attempts.`],
    did: [`Result ${fileId} waits for a transfer again.`],
    transactions: (decision) => [[...again(desk, row, changes, entry, decision), ...retried(desk, incident, decision)]],
  };
}

/** The writes that put a failed file among those to be moved. */
function again(
  { tables, clock }: Desk,
  { fileId, projectNo, version }: FileRow | ResultRow,
  changes: { state: 'pending'; dueAt: number },
  entry: TransferEntry,
  { by, reason }: Decision,
): Write[] {
  const sequence = version + 1;
  const update = changing({ ...changes, version: sequence }, { ':read': version, ':failed': 'failed' });
  const event: HistoryEvent = {
    subject: fileSubject(fileId),
    sequence,
    event: 'retried',
    projectNo,
    details: { by, reason },
  };
  const cause = { messageId: entry.messageId, at: clock.now() };
  return [
    {
      Update: {
        TableName: tables.files,
        Key: { fileId },
        ...update,
        ConditionExpression: 'version = :read AND #state = :failed',
      },
    },
    { Put: { TableName: tables.lines, Item: entry } },
    ...historyWrites(tables, [event], cause),
  ];
}

/** The failed files of a delivery, but for one. */
async function failedOf(desk: Desk, record: MessageRecord, fileId: string): Promise<FileRow[]> {
  const rows = await filesOfDelivery(desk, record);
  return rows.filter((row) => row.state === 'failed' && row.fileId !== fileId);
}

/** The rows of the files that a delivery itself registered. */
export async function filesOfDelivery(desk: Desk, record: MessageRecord): Promise<FileRow[]> {
  const { files } = await readContent(desk, record, 'DataDeliveryReady');
  const fileIds = files.map((file) => file.fileId);
  const rows = await readFiles(desk, desk.tables.files, fileIds);
  return [...rows.values()].filter((row) => row.messageId === record.messageId);
}
