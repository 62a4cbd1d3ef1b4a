import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Database } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { Tables } from '../platform/tables.ts';
import type { Clock } from '../platform/time.ts';
import type { Portal } from '../portal/client.ts';

/** What all work on messages needs: the outside world, and the settings of the centre. */
export interface MessageContext {
  db: Database;
  sqs: Pick<SQSClient, 'send'>;
  s3: Pick<S3Client, 'send'>;
  portal: Portal;
  clock: Clock;
  log: Log;
  tables: Tables;
  /** Holds the text of messages too long for an item. */
  internalBucket: string;
  /** Queue URLs by message type. */
  queues: Record<string, string>;
  settings: {
    pollSeconds: number;
    maxAttempts: number;
    mismatchesPerHour: number;
    /** Types whose mismatches wait for a person, beside deliveries and returns, which always do. */
    holdMismatchesOf: readonly string[];
    /** Types that wait for a person to approve of them. */
    holdTypes: readonly string[];
  };
}
