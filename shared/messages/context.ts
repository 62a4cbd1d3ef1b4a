import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Database } from '../platform/dynamodb.ts';
import type { Log } from '../platform/logger.ts';
import type { Tables } from '../platform/tables.ts';
import type { Clock } from '../platform/time.ts';
import type { Portal } from '../portal/client.ts';

/** Everything that work on messages needs: clients, tables, the portal and the centre's settings. */
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
    /** Types whose mismatches are held for a person. Those of deliveries and returns always are. */
    holdMismatchesOf: readonly string[];
    /** Types that are held until a person approves. */
    holdTypes: readonly string[];
  };
}
