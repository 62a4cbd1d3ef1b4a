import { createHash } from 'node:crypto';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { historyWrites, nextSequence } from '../../history/history.ts';
import type { MessageContext } from '../../messages/context.ts';
import { fileSubject, positionOf, projectSubject } from '../../messages/subject.ts';
import { type TransferEntry, transferKey, transferPosition } from '../../messages/transfers-line.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { type Bucket, deleteIfMatch } from '../../platform/s3.ts';
import { stateCheck, transact, tryAgain, untilCommitted, type Write } from '../../platform/transaction.ts';
import { readProject } from '../../projects/project.ts';
import type { FilesContext } from '../context.ts';
import { fileMemberKey } from '../file.ts';
import { removalWrites } from '../remove.ts';
import { byTaskMetadata, type ResultRow } from '../result.ts';
import { type Claim, claimValues, isClaimed, isResult, ownResult, readRows } from '../rows.ts';

import { readOutboxKey } from './key.ts';
import type { Put } from './put.ts';
import { fileOfDst, noProject, type ResultRefusal, refusalByTime, refuse } from './refuse-result.ts';
import { afterDeletion, deletionOf, removeLate } from './remove-orphan.ts';

/**
 * Registers the object under a key of the outbox, to be sent to DST. Removes the object if it was sent already or its project
 * is deleted. An object that cannot be sent for another reason becomes an incident and stays. Idempotent.
 *
 * @param transfer the transfer that ended because it found another object under the key
 * @returns whether a result has to be sent
 */
export async function registerResult(context: FilesContext, key: string, transfer?: Claim): Promise<boolean> {
  const { bucket } = context;
  const refused = async (refusal: ResultRefusal, put: Put | undefined) => {
    if (put) await refuse(context, refusal, [{ key, ...put, detail: refusal.detail }], { onlyNew: false });
    return false;
  };
  const name = readOutboxKey(key);
  if (!name) return false;
  if ('found' in name) return refused(name, await findPut(bucket, key));
  const { projectNo } = name;
  return untilCommitted(`Result ${key}`, async () => {
    const [put, rows, project] = await Promise.all([
      findPut(bucket, key),
      readRows(context, [key]),
      readProject(context, projectNo),
    ]);
    const row = rows.get(key);
    if (row && !isResult(row)) return refused(fileOfDst(projectNo), put);
    const step = stepFor(put, row, transfer !== undefined && ownResult(row, transfer) !== undefined);
    if (step === 'leave') return false;
    if (step === 'remove' && row) {
      if (await deleteIfMatch(bucket, key, row.etag)) return false;
    } else if (step === 'forget' && row) {
      const writes = await removalWrites(context, row);
      if ((await transact(context.db, context.clock, writes)) === 'committed') return false;
    } else if (put) {
      // The project's deletion or the next sweep removes the object.
      if (project?.state === 'deleting') return false;
      if (!project) {
        const deletion = row ? undefined : await deletionOf(context, projectNo);
        if (!deletion) return refused(noProject(projectNo), put);
        if (await removeLate(context, key, put, afterDeletion(deletion))) return false;
        return tryAgain;
      }
      const early = refusalByTime(project, put);
      if (early) return refused(early, put);
      const writes = await registerWrites(context, projectNo, key, put, row);
      if ((await transact(context.db, context.clock, writes)) === 'refused') return tryAgain;
      context.log.info('registered', { fileId: key });
      return true;
    }
    return tryAgain;
  });
}

/**
 * Decides what to do about a key, from its object and its row.
 *
 * @param isOver whether the current transfer has ended without sending the object
 */
export function stepFor(
  put: Omit<Put, 'size'> | undefined,
  row: ResultRow | undefined,
  isOver = false,
): 'register' | 'remove' | 'forget' | 'leave' {
  if (row && isOver) return put ? 'register' : 'forget';
  if (!put) return 'leave';
  if (!row) return 'register';
  const isSame = put.etag === row.etag && put.modifiedAt === row.modifiedAt;
  if (row.state === 'sent') return isSame ? 'remove' : 'register';
  if (row.state === 'failed') return isSame ? 'leave' : 'register';
  // The handler that sends the result or deletes the project will see the object.
  return 'leave';
}

async function findPut({ s3, name: Bucket }: Bucket, Key: string): Promise<Put | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    const { ETag = '', LastModified, ContentLength = 0, Metadata } = head;
    const byTask = Metadata?.['send-by'] === byTaskMetadata['send-by'];
    return { etag: ETag, modifiedAt: LastModified?.getTime() ?? 0, size: ContentLength, ...(byTask && { byTask }) };
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return undefined;
    throw error;
  }
}

/** @param former the key's row, which is replaced */
async function registerWrites(
  context: FilesContext,
  projectNo: string,
  key: string,
  put: Put,
  former: ResultRow | undefined,
): Promise<Write[]> {
  const now = context.clock.now();
  const subject = fileSubject(key);
  const version = former ? former.version + 1 : await nextSequence(context.db, context.tables.history, subject);
  const row: ResultRow = {
    fileId: key,
    objectKey: key,
    projectNo,
    ...put,
    state: 'pending',
    attempt: former?.attempt ?? 0,
    failures: 0,
    dueAt: now,
    bytesDone: 0,
    position:
      former?.state === 'sending' ? former.position : await newPosition(context, projectSubject(projectNo), key),
    createdAt: now,
    version,
  };
  const entry: TransferEntry = { ...transferKey(row.position), kind: 'result', fileId: key };
  const { etag, size } = put;
  return [
    stateCheck(context.tables.projects, { projectNo }, 'active'),
    { Put: { TableName: context.tables.files, Item: row, ...unchanged(former) } },
    { Put: { TableName: context.tables.members, Item: fileMemberKey(row) } },
    { Put: { TableName: context.tables.lines, Item: entry } },
    ...historyWrites(
      context.tables,
      [{ subject, sequence: version, event: 'registered', projectNo, details: { etag, size } }],
      { at: now },
    ),
  ];
}

function unchanged(former: ResultRow | undefined) {
  if (!former) return { ConditionExpression: 'attribute_not_exists(fileId)' };
  return {
    ConditionExpression: `#state = :state AND ${isClaimed} AND version = :version`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':state': former.state, ...claimValues(former), ':version': former.version },
  };
}

/** A position after the files of all earlier messages, so that neither can block the other forever. */
async function newPosition({ db, tables }: MessageContext, line: string, key: string): Promise<string> {
  const poll = await getItem<{ counter?: number }>(db, tables.control, { name: 'poll' });
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return transferPosition(line, 'result', `${positionOf(poll?.counter ?? 0, 99_999_999)}-${digest}`);
}
