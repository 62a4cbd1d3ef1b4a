import { maxActions, transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import type { ProcessContext } from './context.ts';
import { refusals } from './errors.ts';
import { type FoundProcess, findProcesses } from './find-visible.ts';
import { eventWrites } from './history.ts';
import { projectKey } from './keys.ts';
import { isUnderWay } from './machine/status.ts';
import type { Missing } from './missing.ts';
import { type ProcessChange, type ProcessPlan, planChange } from './plan.ts';
import type { ProcessProjectRow, ProcessRow } from './rows.ts';
import type { Viewer } from './viewer.ts';
import { doWork } from './work.ts';

/** Most writers that a process is expected to have at once. */
const maxTries = 100;

/**
 * Changes processes of a project, all of them or none, in one transaction that is conditional on their versions. Then the
 * automatic steps follow, in the same transaction.
 *
 * @param decide called anew when somebody else came first; nothing to leave a process as it is. It may throw a Refusal
 * @returns the rows as they are now
 * @throws Refusal with 404 for a process that the viewer may not see, 403 for a step of another party, 409 with what is missing
 */
export async function changeProcesses(
  context: ProcessContext,
  viewer: Viewer,
  projectID: string,
  processIDs: readonly string[],
  decide: (found: FoundProcess) => ProcessChange | undefined | Promise<ProcessChange | undefined>,
): Promise<ProcessRow[]> {
  const { db, clock } = context;
  const ids = [...new Set(processIDs)];
  const { rows, work } = await untilCommitted(
    'Process',
    async (tried) => {
      if (tried > 0) await clock.sleep(clock.random() * 10 * Math.min(tried, 20));
      const found = await findProcesses(context, viewer, projectID, ids);
      const [first] = found;
      if (!first) return { rows: [], work: [] };
      const plans: ProcessPlan[] = [];
      const missing: Missing[] = [];
      for (const each of found) {
        const change = await decide(each);
        if (!change) continue;
        const planned = await planChange(context, viewer, each, change);
        if ('missing' in planned) missing.push(...planned.missing);
        else if (planned.events.length > 0) plans.push(planned);
      }
      if (missing.length > 0) throw refusals.conflict(missing);
      const changed = new Map(plans.map(({ row }) => [row.processID, row]));
      const after = found.map(({ process }) => changed.get(process.processID) ?? process);
      if (plans.length === 0) return { rows: after, work: [] };
      const writes = [
        ...onlyOnce(plans.flatMap((each) => each.writes)),
        ...lockWrites(context, first.project, plans),
        ...eventWrites(
          context,
          plans.flatMap((each) => each.events),
        ),
      ];
      if (plans.filter(({ hasServicePart }) => hasServicePart).length > 1) {
        throw refusals.badRequest('Orders of this service begin one by one');
      }
      requireRoom(writes, plans);
      const outcome = await transact(db, clock, writes);
      return outcome === 'committed' ? { rows: after, work: plans.flatMap((each) => each.work) } : tryAgain;
    },
    maxTries,
  );
  await doWork(context, work);
  return rows;
}

/** Most bytes of the items of one transaction: 4 MB (DynamoDB API reference, TransactWriteItems). */
const maxBytes = 4_000_000;

/** @throws Refusal with 400 when one transaction cannot hold the changes */
function requireRoom(writes: readonly Write[], plans: readonly ProcessPlan[]): void {
  if (writes.length > maxActions) throw refusals.badRequest('These are too many changes for one request');
  const items = [...plans.map(({ row }) => row), ...writes.map(({ Put }) => Put?.Item)];
  if (Buffer.byteLength(JSON.stringify(items)) <= maxBytes) return;
  throw refusals.badRequest(
    `The changes, with the values before, have more than ${maxBytes} bytes: make them in several requests`,
  );
}

/**
 * Leaves out conditions on an item that has one: several processes may wait for the same one, and a transaction takes an item once. The
 * first one was read first, and is refused if another was read since.
 */
function onlyOnce(writes: readonly Write[]): Write[] {
  const known = new Set<string>();
  return writes.filter(({ ConditionCheck: check }) => {
    if (!check) return true;
    const key = JSON.stringify([check.TableName, check.Key]);
    const isFirst = !known.has(key);
    known.add(key);
    return isFirst;
  });
}

/** Counts the processes under way, with which a project may not be deleted. */
function lockWrites({ tables }: ProcessContext, project: ProcessProjectRow, plans: readonly ProcessPlan[]): Write[] {
  const locked = plans.reduce(
    (sum, { before, row }) => sum + Number(isUnderWay(row.status)) - Number(isUnderWay(before.status)),
    0,
  );
  const entering = plans.some(({ before, row }) => isUnderWay(row.status) && !isUnderWay(before.status));
  if (locked === 0 && !entering) return [];
  return [
    {
      Update: {
        TableName: tables.processes,
        Key: projectKey(project.projectID),
        // A project that is deleted at the same time takes no order with it.
        ConditionExpression: entering ? '#state = :active' : 'attribute_exists(#scope)',
        UpdateExpression: 'ADD locked :locked',
        ExpressionAttributeNames: entering ? { '#state': 'state' } : { '#scope': 'scope' },
        ExpressionAttributeValues: { ':locked': locked, ...(entering && { ':active': 'active' }) },
      },
    },
  ];
}
