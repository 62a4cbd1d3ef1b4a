import type { S3Client } from '@aws-sdk/client-s3';
import type { Database } from '../platform/dynamodb.ts';
import type { Tables } from '../platform/tables.ts';
import type { Clock } from '../platform/time.ts';
import { transact, type Write } from '../platform/transaction.ts';

/** Everything that an operator's decisions need. */
export interface OperatorContext {
  db: Database;
  clock: Clock;
  tables: Tables;
  s3: Pick<S3Client, 'send'>;
  /** Holds the text of messages too long for an item. */
  internalBucket: string;
}

/** The operator who decided, and the reason. */
export interface Decision {
  by: string;
  reason: string;
}

/** An action that an operator can confirm, planned from the rows as they were read. */
export interface Action {
  /** Sentences that announce the effects, shown before confirmation. */
  planned: readonly string[];
  /** Sentences that report the effects afterwards. */
  completed: readonly string[];
  /** The transactions of the action, in order. Each is refused if the rows from which it was planned have changed. */
  transactions(decision: Decision): Write[][] | Promise<Write[][]>;
}

/** @returns whether the whole action was done; if not, the rest is unchanged and can be planned again */
export async function commitAction(
  { db, clock }: OperatorContext,
  action: Action,
  decision: Decision,
): Promise<boolean> {
  for (const writes of await action.transactions(decision)) {
    if ((await transact(db, clock, writes)) === 'refused') return false;
  }
  return true;
}
