import type { S3Client } from '@aws-sdk/client-s3';
import type { AccountContext } from '../accounts/context.ts';
import type { OperatorContext } from '../decisions/context.ts';
import type { LineEntry } from '../messages/record.ts';
import type { Log } from '../platform/logger.ts';
import type { Portal } from '../portal/client.ts';
import type { HealthContext } from './status/collect-health.ts';

/** Everything that all routes of operators need. */
interface LookingContext extends OperatorContext, AccountContext {
  db: OperatorContext['db'];
  clock: OperatorContext['clock'];
  tables: OperatorContext['tables'];
  log: Log;
}

/** Everything that routes need which only read. */
export interface OperateContext extends LookingContext, Pick<HealthContext, 'sqs'> {
  /** URLs by name, with those of dead letters. */
  queues(): Promise<Readonly<Record<string, string>>>;
  /** Where the portal is. */
  portalUrl: string;
  /** Places of all messages that are not marked yet. @param isFirstPage whether they are read anew */
  unmarked(isFirstPage: boolean): Promise<readonly LineEntry[]>;
}

/** Everything that routes need which decide. */
export interface DecidingContext extends OperateContext {
  /** Begins a poll, and does not wait for its end. */
  startPoll(): Promise<void>;
}

/** Everything that routes need which compare with the portal and S3, or call the portal. */
export interface ComparingContext extends LookingContext {
  portal: Pick<Portal, 'listMessages' | 'confirmProject'>;
  s3: S3Client;
  /** The bucket of the files. */
  bucket: string;
}
