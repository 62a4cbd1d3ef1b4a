import type { S3Client } from '@aws-sdk/client-s3';
import type { Database } from '../platform/dynamodb.ts';
import type { Tables } from '../platform/tables.ts';
import type { Clock } from '../platform/time.ts';
import { transact, type Write } from '../platform/transaction.ts';

/** What an operator's decisions need. */
export interface OperatorContext {
  db: Database;
  clock: Clock;
  tables: Tables;
  s3: Pick<S3Client, 'send'>;
  /** Holds the text of messages too long for an item. */
  internalBucket: string;
}

/** Who decided, and why. */
export interface Decision {
  by: string;
  reason: string;
}

/** Something that a person may have done. What it says is what the tables said when it was planned. */
export interface Action {
  /** Says what will come of it, in sentences: shown before anything is done. */
  will: readonly string[];
  /** Says what came of it, once it is done. */
  did: readonly string[];
  /** The transactions that do it, one after the other. Each is refused when what it was planned by has changed. */
  transactions(decision: Decision): Write[][] | Promise<Write[][]>;
}

/** @returns whether all of it was done; if not, what is left is as it was, and may be planned again */
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
