import { updateExpression } from '../platform/dynamodb.ts';

/**
 * A file for a project's researchers at DST, as the table `files` keeps it: an object under `outbox/`, which goes when it is
 * sent. Times are milliseconds since 1970, sizes bytes. `pending` waits for a transfer, `sending` has one, `failed` needs a
 * person.
 */
export interface ResultRow {
  /** The object's key. */
  fileId: string;
  objectKey: string;
  projectNo: string;
  /** With the time it tells one put of the object from another; as S3 gives it. */
  etag: string;
  /** When S3 says that the object was put, in whole seconds. */
  modifiedAt: number;
  size: number;
  /** Whether it goes by a task whatever its size, as who put it asked. */
  byTask?: boolean;
  state: 'pending' | 'sending' | 'sent' | 'failed' | 'deleting';
  /** How many transfers were started; what an older one still does has no effect. */
  attempt: number;
  /** How many of them were for this put of the object. */
  failures: number;
  dueAt: number;
  leaseUntil?: number;
  /** The message that deletes it, which goes on when the lease is over. */
  deletedBy?: string;
  bytesDone: number;
  bytesTotal?: number;
  bytesPerSecond?: number;
  lastError?: string;
  /** Its place among the transfers to do. */
  position: string;
  createdAt: number;
  sentAt?: number;
  /** Sequence of the newest event in its history. */
  version: number;
}

/** Metadata of an object in the outbox by which who puts it has it sent by a task. */
export const byTaskMetadata = { 'send-by': 'task' } as const;

/** A write to a result's row that goes through only as long as nobody began or ended a transfer since the row was read. */
export function changeResult(
  table: string,
  { fileId, state, attempt }: Pick<ResultRow, 'fileId' | 'state' | 'attempt'>,
  changes: { [Key in keyof ResultRow]?: ResultRow[Key] | undefined },
) {
  const update = updateExpression(changes, { ':read': state, ':former': attempt });
  return {
    Update: {
      TableName: table,
      Key: { fileId },
      ...update,
      ConditionExpression: '#state = :read AND #attempt = :former',
      ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#state': 'state', '#attempt': 'attempt' },
    },
  };
}
