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

/** Why an action was refused whose rows had changed. */
export const changedMeanwhile =
  'Another operator, or the gateway, changed it at this moment. Look again, and decide anew';

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

/** How many actions were done. */
export interface Committed {
  /** Sentences of the actions that were done. */
  completed: string[];
  /** Number of actions that were left out, because their rows changed meanwhile. */
  changed: number;
}

/** Does many actions one after the other. Each that is refused is left out. */
export async function commitActions(
  operator: OperatorContext,
  actions: readonly Action[],
  decision: Decision,
): Promise<Committed> {
  const committed: Committed = { completed: [], changed: 0 };
  for (const action of actions) {
    if (await commitAction(operator, action, decision)) committed.completed.push(...action.completed);
    else committed.changed += 1;
  }
  return committed;
}
