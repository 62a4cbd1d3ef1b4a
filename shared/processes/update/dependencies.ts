import { batchGet } from '../../platform/dynamodb.ts';
import type { ProcessContext } from '../context.ts';
import { refusals } from '../errors.ts';
import { dependentKey, processKey } from '../keys.ts';
import type { ProcessRow } from '../rows.ts';
import type { Working } from './working.ts';

/** Most processes that may come before a process, at any distance. */
const maxBefore = 50;

/**
 * Adds and removes processes that have to be completed before a process. All that come before it are part of the transaction's
 * conditions, so no two requests together make processes wait for one another.
 *
 * @throws Refusal with 400 for a process that is not in the project, waits for this one, or is one too many
 */
export async function applyDependencies(
  context: ProcessContext,
  working: Working,
  added: readonly string[] = [],
  removed: readonly string[] = [],
): Promise<void> {
  const { dependenciesIn: old, projectID, processID } = working.row;
  const left = old.filter((id) => !removed.includes(id));
  const dependenciesIn = [...new Set([...left, ...added])];
  const [fresh, gone] = [without(dependenciesIn, old), without(old, dependenciesIn)];
  if (fresh.length === 0 && gone.length === 0) return;
  const before = await readBefore(context, projectID, fresh);
  const missing = fresh.find((id) => !before.has(id));
  if (missing !== undefined) throw refusals.badRequest(`dependenciesIn: there is no process ${missing} in the project`);
  if (before.has(processID)) throw refusals.badRequest('dependenciesIn: the processes would wait for one another');
  if (fresh.length > 0) checkNumber(new Map([...before, ...(await readBefore(context, projectID, left))]));
  const TableName = context.tables.processes;
  working.edit(
    { dependenciesIn },
    { event: 'changed', type: 'DEPENDENCY', key: 'dependenciesIn', data: dependenciesIn, old },
  );
  working.attach(() => [
    ...fresh.map((id) => ({
      Put: { TableName, Item: { ...dependentKey(projectID, id, processID), dependent: processID } },
    })),
    ...gone.map((id) => ({ Delete: { TableName, Key: dependentKey(projectID, id, processID) } })),
    ...[...before.values()].map(({ processID: id, version }) => ({
      ConditionCheck: {
        TableName,
        Key: processKey(projectID, id),
        ConditionExpression: 'version = :read',
        ExpressionAttributeValues: { ':read': version },
      },
    })),
  ]);
}

const without = (ids: readonly string[], others: readonly string[]): string[] =>
  ids.filter((id) => !others.includes(id));

function checkNumber({ size }: ReadonlyMap<string, ProcessRow>): void {
  if (size <= maxBefore) return;
  throw refusals.badRequest(`dependenciesIn: more than ${maxBefore} processes would come before`);
}

/** The processes with these ids that are there, and all that come before them. */
async function readBefore(
  { db, clock, tables }: ProcessContext,
  projectID: string,
  ids: readonly string[],
): Promise<Map<string, ProcessRow>> {
  const found = new Map<string, ProcessRow>();
  for (let next = [...ids]; next.length > 0; ) {
    const keys = next.map((id) => ({ ...processKey(projectID, id) }));
    const rows = await batchGet<ProcessRow>(db, clock, tables.processes, keys);
    for (const row of rows) found.set(row.processID, row);
    checkNumber(found);
    const farther = new Set(rows.flatMap(({ dependenciesIn }) => dependenciesIn));
    next = [...farther].filter((id) => !found.has(id));
  }
  return found;
}
