import { updateExpression } from '../platform/dynamodb.ts';

/**
 * A result for a project's researchers at DST, as the table `files` keeps it: an object under `outbox/`, removed after it is
 * sent. Times are milliseconds since 1970, sizes bytes. `pending` waits for a transfer, `sending` has a transfer, `failed`
 * needs a person.
 */
export interface ResultRow {
  /** The object's key. */
  fileId: string;
  objectKey: string;
  projectNo: string;
  /** The ETag of S3; with the time it identifies one put of the object. */
  etag: string;
  /** Last modification according to S3, in whole seconds. */
  modifiedAt: number;
  size: number;
  /** Whether a task sends it regardless of its size, as requested with the object. */
  byTask?: boolean;
  state: 'pending' | 'sending' | 'sent' | 'failed' | 'deleting';
  /** Number of transfers started. A result of an older transfer is ignored. */
  attempt: number;
  /** Number of transfers started for this put of the object. */
  failures: number;
  dueAt: number;
  leaseUntil?: number;
  /** The message that deletes it and continues when the lease has ended. */
  deletedBy?: string;
  bytesDone: number;
  bytesTotal?: number;
  bytesPerSecond?: number;
  lastError?: string;
  /** Its position in the line of transfers. */
  position: string;
  createdAt: number;
  sentAt?: number;
  /** Sequence of the newest event in its history. */
  version: number;
}

/** Metadata with which an object in the outbox requests to be sent by a task. */
export const byTaskMetadata = { 'send-by': 'task' } as const;

/** A write to a result's row, refused if a transfer has begun or ended since the row was read. */
export function changeResult(
  table: string,
  { fileId, state, createdAt, attempt }: Pick<ResultRow, 'fileId' | 'state' | 'createdAt' | 'attempt'>,
  changes: { [Key in keyof ResultRow]?: ResultRow[Key] | undefined },
) {
  const update = updateExpression(changes, { ':read': state, ':createdAt': createdAt, ':former': attempt });
  return {
    Update: {
      TableName: table,
      Key: { fileId },
      ...update,
      ConditionExpression: '#state = :read AND createdAt = :createdAt AND #attempt = :former',
      ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#state': 'state', '#attempt': 'attempt' },
    },
  };
}
