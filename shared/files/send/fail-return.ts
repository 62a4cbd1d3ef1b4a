import { dispatchLine, readMessage } from '../../messages/dispatch.ts';
import { hold } from '../../messages/hold.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { stateWrites, yieldWrite } from '../../messages/transition.ts';
import { type Incident, incidentWrite } from '../../operations/incidents.ts';
import { changing } from '../../platform/dynamodb.ts';
import { TransientError } from '../../platform/errors.ts';
import { abortUploadsOf } from '../../platform/s3.ts';
import { transact, type Write } from '../../platform/transaction.ts';
import { transferOver } from '../copy/complete-delivery.ts';
import { type FileRow, readFiles } from '../file.ts';
import type { Transfers } from '../transfer/context.ts';
import { returnKey, transferKey } from '../transfer/transfer.ts';

const tries = 20;

/** Most returns of one file that are told when it is given up: each takes an action of the hundred. */
const mostReturns = 50;

/**
 * Leaves a file that can't be fetched to a person, and its delivery with it, unless that had brought the file; the delivery's
 * other files go on. Of what was
 * copied nothing is left. The lease stays, for a deletion to wait out, unless the transfer gives it back.
 */
export async function giveUpDelivery(transfers: Transfers, file: FileRow, error: string): Promise<void> {
  const { bridge, tables, bucket } = transfers;
  const { fileId, messageId, attempt } = file;
  const expected = `the file with MD5 ${file.checksum}`;
  const incident: Incident = { kind: 'file-failed', subject: fileId, messageId, expected, found: error };
  for (let tried = 0; tried < tries; tried++) {
    const [record, rows] = await Promise.all([
      readMessage(bridge, messageId),
      readFiles(bridge, tables.files, [fileId]),
    ]);
    const row = rows.get(fileId);
    if (row?.attempt !== attempt || (row.state !== 'copying' && row.state !== 'pending')) return;
    // First, for nobody would come back for an upload of a failed file.
    await abortUploadsOf(bucket, row.objectKey);
    const returns = await waitingReturns(bridge, row);
    const outcome = await transact(bridge.db, bridge.clock, [
      failWrite(tables.files, row, error),
      { Delete: { TableName: bridge.tables.lines, Key: transferKey(row.position) } },
      incidentWrite(bridge.tables.incidents, incident, bridge.clock.now()),
      ...(record && row.storedAt === undefined ? heldWrites(transfers, record, error) : []),
      ...returns.map((waiting) => yieldWrite(bridge, waiting, true)),
    ]);
    if (outcome === 'refused') continue;
    bridge.log.warn('incident', { ...incident, fileId, attempt });
    // Deletions that waited for a return go on, and revocations pass what is held.
    for (const line of new Set([record, ...returns].flatMap((each) => each?.line ?? [])))
      await dispatchLine(bridge, line);
    return;
  }
  throw new TransientError(`File ${fileId}: others kept changing it or its delivery`);
}

/** A delivery that is held already is touched too: who retries another of its files must not let it go on meanwhile. */
function heldWrites({ bridge }: Transfers, record: MessageRecord, lastError: string): Write[] {
  if (record.state === 'held') return stateWrites(bridge, record, 'held', { lastError });
  return record.state === 'working' ? stateWrites(bridge, record, 'held', { heldFrom: 'working', lastError }) : [];
}

/** The returns under way that wait until a file is stored. */
export async function waitingReturns(
  bridge: Parameters<typeof readMessage>[0],
  { returns = [] }: Pick<FileRow, 'returns'>,
): Promise<MessageRecord[]> {
  const records = await Promise.all(returns.slice(-mostReturns).map((messageId) => readMessage(bridge, messageId)));
  return records.filter((record): record is MessageRecord => record?.state === 'working');
}

/** Refused when a copy has begun an upload meanwhile, which would stay, or when a return has begun to wait for the file. */
function failWrite(table: string, { fileId, attempt, state, resume, returns }: FileRow, lastError: string): Write {
  const sameUpload = resume ? '#resume.uploadId = :uploadId' : 'attribute_not_exists(#resume)';
  const sameReturns = returns ? '#returns = :returns' : 'attribute_not_exists(#returns)';
  return {
    Update: {
      TableName: table,
      Key: { fileId },
      ConditionExpression: `attempt = :attempt AND #state = :read AND ${sameUpload} AND ${sameReturns}`,
      ...changing(
        { state: 'failed', lastError, returns, ...transferOver },
        { ':attempt': attempt, ':read': state, ...(resume && { ':uploadId': resume.uploadId }) },
      ),
    },
  };
}

/**
 * Leaves a return that can't be made to a person.
 *
 * @param kind `attempts-used-up` when the portal does not take the file, `file-damaged` when the file is not there to be returned
 * @param checks what must hold then
 */
export async function giveUpReturn(
  { bridge }: Transfers,
  record: Parameters<typeof hold>[1],
  kind: 'attempts-used-up' | 'file-damaged',
  found: string,
  ...checks: Write[]
): Promise<void> {
  const { messageId } = record;
  const incident = { kind, subject: messageId, messageId, expected: 'the file is returned', found };
  await hold(bridge, record, incident, [
    { Delete: { TableName: bridge.tables.lines, Key: returnKey(record) } },
    ...checks,
  ]);
  await dispatchLine(bridge, record.line);
}
