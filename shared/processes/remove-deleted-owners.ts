import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AccountRow } from '../accounts/account.ts';
import { accountIdOf } from '../accounts/membership.ts';
import { Refusal } from '../api/answer.ts';
import { batchGet, getItem } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import { transact } from '../platform/transaction.ts';
import { clientAudience } from './audience.ts';
import { changeProcesses } from './change.ts';
import type { ProcessContext } from './context.ts';
import { projectRemoval } from './delete-processes.ts';
import { eventsScope } from './events/write-missed-events.ts';
import { removeItems } from './files/remove-remains.ts';
import { itemsIn, itemsOf } from './items.ts';
import { processItem, projectKey } from './keys.ts';
import { isUnderWay } from './machine/status.ts';
import { type OwnerRow, ownersScope } from './owners.ts';
import type { ProcessProjectRow, ProcessRow } from './rows.ts';
import { systemViewer } from './viewer.ts';
import { doWork } from './work.ts';

/** Milliseconds between two looks at the accounts of all owners: each reads them all. */
const interval = 6 * 3_600_000;

/** When the accounts of owners were last looked at. */
const lookKey = { scope: 'owners-look', item: 'last' };

/** Owners whose accounts are read together. */
const pageSize = 100;

const reason = 'The account of the client was deleted';

/**
 * Removes the projects of accounts that were deleted, with processes, files and chats; the histories stay. An order under way is
 * canceled first. Projects of DST are no account's own, and stay.
 *
 * @param deadline when to leave the rest to the next run, in milliseconds since 1970
 */
export async function removeOwners(context: ProcessContext, deadline: number): Promise<void> {
  const { db, clock, tables } = context;
  const last = await getItem<{ at: number }>(db, tables.processes, lookKey);
  if (last && clock.now() < last.at + interval) return;
  for await (const page of gatherPages(itemsIn<OwnerRow>(context, ownersScope, ''), pageSize)) {
    const keys = [...new Set(page.map(({ account }) => account))].map((account) => ({ account }));
    const found = await batchGet<AccountRow>(db, clock, tables.accounts, keys);
    const present = new Set(found.map(accountIdOf));
    for (const owner of page.filter(({ item }) => !present.has(item))) {
      if (clock.now() >= deadline) return;
      await removeOwner(context, owner);
    }
  }
  await db.send(new PutCommand({ TableName: tables.processes, Item: { ...lookKey, at: clock.now() } }));
}

/** Removes what is one account's own. What changes at this moment is left to another run. */
async function removeOwner(context: ProcessContext, { scope, item: id }: OwnerRow): Promise<void> {
  const { db, tables } = context;
  let left = 0;
  for await (const { projectID } of itemsIn<{ projectID: string }>(context, `client#${id}`, '')) {
    if (!(await removeProjectOf(context, projectID))) left += 1;
  }
  if (left > 0) return;
  await removeItems(context, eventsScope(clientAudience(id)), '');
  for (const Key of [
    { scope: `cursor#${id}`, item: 'events' },
    { scope, item: id },
  ])
    await db.send(new DeleteCommand({ TableName: tables.processes, Key }));
}

/** @returns whether the project is being removed */
async function removeProjectOf(context: ProcessContext, projectID: string): Promise<boolean> {
  const { db, clock, tables } = context;
  await cancelAll(context, projectID);
  const project = await getItem<ProcessProjectRow>(db, tables.processes, { ...projectKey(projectID) });
  if (project?.state !== 'active' || project.locked > 0) return project?.state !== 'active';
  const { writes, work } = projectRemoval(context, systemViewer, project);
  if ((await transact(db, clock, writes)) === 'refused') return false;
  await doWork(context, [work]);
  return true;
}

/** Cancels the orders of a project that are under way. */
async function cancelAll(context: ProcessContext, projectID: string): Promise<void> {
  for await (const row of itemsOf<ProcessRow>(context, projectID, processItem(''))) {
    if (row.item !== processItem(row.processID) || !isUnderWay(row.status)) continue;
    try {
      await changeProcesses(context, systemViewer, projectID, [row.processID], ({ process }) =>
        isUnderWay(process.status) ? { set: { reason }, step: { to: 'CANCELED' }, entries: [] } : undefined,
      );
    } catch (error) {
      // The process is gone, or has ended at this moment.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
