import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { getItem, query } from '../platform/dynamodb.ts';
import { transact } from '../platform/transaction.ts';
import type { ProcessContext } from './context.ts';
import { projectRemoval } from './delete-processes.ts';
import { itemsIn } from './items.ts';
import { draftsScope, projectKey, timeKey, workScope } from './keys.ts';
import { removeOwners } from './remove-deleted-owners.ts';
import type { ProcessProjectRow, ProcessWorkRow } from './rows.ts';
import { systemViewer } from './viewer.ts';
import { doWork } from './work.ts';

/** Milliseconds for which a commit's own request may still be at work. */
const requestTime = 60_000;

/**
 * Removes drafts that have expired and projects of deleted accounts, and does work that requests have left: because they were broken off, or because it failed.
 *
 * @param deadline when to leave the rest to the next run, in milliseconds since 1970
 */
export async function sweep(context: ProcessContext, deadline: number): Promise<void> {
  await removeExpired(context, deadline);
  await removeOwners(context, deadline);
  for await (const work of itemsIn<ProcessWorkRow>(context, workScope, '')) {
    if (context.clock.now() >= deadline) return;
    if (work.at <= context.clock.now() - requestTime) await doWork(context, [work]);
  }
}

async function removeExpired(context: ProcessContext, deadline: number): Promise<void> {
  const { db, clock, tables } = context;
  const expired = query<{ scope: string; item: string; projectID: string }>(db, {
    TableName: tables.processes,
    KeyConditionExpression: '#scope = :scope AND #item < :now',
    ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
    ExpressionAttributeValues: { ':scope': draftsScope, ':now': timeKey(clock.now()) },
  });
  for await (const { scope, item, projectID } of expired) {
    if (clock.now() >= deadline) return;
    const draft = await getItem<ProcessProjectRow>(db, tables.processes, { ...projectKey(projectID) });
    // Since it was listed an account may have adopted it.
    if (draft?.state === 'active' && draft.owner.kind === 'session') {
      const { writes, work } = projectRemoval(context, systemViewer, draft);
      // Refused: it was adopted or deleted at this moment.
      if ((await transact(db, clock, writes)) === 'committed') await doWork(context, [work]);
    } else {
      await db.send(new DeleteCommand({ TableName: tables.processes, Key: { scope, item } }));
    }
  }
}
