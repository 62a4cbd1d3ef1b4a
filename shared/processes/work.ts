import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describeError } from '../platform/errors.ts';
import type { Write } from '../platform/transaction.ts';
import type { ProcessContext } from './context.ts';
import { workScope } from './keys.ts';
import type { ProcessWorkKind, ProcessWorkRow } from './rows.ts';

/** Work to be left to do by a commit. */
export interface NewWork {
  kind: ProcessWorkKind;
  data?: Record<string, string>;
  /** Tells it from other work of the same kind in the same commit. */
  part?: string;
  /** Milliseconds that it has to wait. */
  after?: number;
}

/** @param sequence of an event of the same commit: the same kind of work may be left by two commits */
export const workRow = (
  { clock }: Pick<ProcessContext, 'clock'>,
  { projectID, processID }: { projectID: string; processID?: string },
  sequence: number,
  { kind, data = {}, part, after = 0 }: NewWork,
): ProcessWorkRow => ({
  scope: workScope,
  item: `${processID ?? projectID}#${kind}#${sequence}${part === undefined ? '' : `#${part}`}`,
  kind,
  projectID,
  ...(processID !== undefined && { processID }),
  data,
  at: clock.now() + after,
  ...(after > 0 && { began: clock.now() }),
});

export const workPut = ({ tables }: { tables: { processes: string } }, row: ProcessWorkRow): Write => ({
  Put: { TableName: tables.processes, Item: row },
});

/** Deletes the row of work that is done. */
export async function finishWork({ db, tables }: ProcessContext, { scope, item }: ProcessWorkRow): Promise<void> {
  await db.send(new DeleteCommand({ TableName: tables.processes, Key: { scope, item } }));
}

/** Does work that a commit has left and that is due. The rest, and what fails, is left to the sweep. */
export async function doWork(context: ProcessContext, rows: readonly ProcessWorkRow[]): Promise<void> {
  const now = context.clock.now();
  for (const row of rows.filter(({ at }) => at <= now)) {
    try {
      await context.work[row.kind](context, row);
    } catch (error) {
      context.log.warn('work failed', { work: row.item, error: describeError(error) });
    }
  }
}
