import { query } from '../platform/dynamodb.ts';
import { pagesOf } from '../platform/pages.ts';
import type { ProcessContext } from './context.ts';
import { itemsOf } from './items.ts';
import { dependentsOf, filesOf, messagesOf, processItem, projectScope } from './keys.ts';
import type { DependentRow, MessageRow, ProcessFileRow, ProcessRow } from './rows.ts';

/** A process with all that belongs to it. */
export interface WholeProcess {
  process: ProcessRow;
  files: ProcessFileRow[];
  messages: MessageRow[];
  /** Processes that wait for it. */
  dependents: string[];
}

type Item = ProcessRow | ProcessFileRow | MessageRow | DependentRow;

/** Reads a process with all that belongs to it, by one query. */
export async function readWhole(
  context: ProcessContext,
  projectID: string,
  processID: string,
): Promise<WholeProcess | undefined> {
  const [found] = await Array.fromAsync(wholes(itemsOf<Item>(context, projectID, processItem(processID))));
  return found;
}

/** Items of a page for each process: itself, and some files and messages. Where there are more, another page is read. */
const itemsPerProcess = 4;

/**
 * The processes of a project with all that belongs to them.
 *
 * @param after the process behind which to begin
 * @param limit how many are wanted: not many more are read
 */
export const readProcesses = (
  { db, tables }: ProcessContext,
  projectID: string,
  { after, limit }: { after?: string | undefined; limit?: number | undefined } = {},
): AsyncGenerator<WholeProcess> =>
  wholes(
    query<Item>(db, {
      TableName: tables.processes,
      KeyConditionExpression: '#scope = :scope AND #item BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
      ExpressionAttributeValues: {
        ':scope': projectScope(projectID),
        // Behind all that belongs to that process.
        ':from': after === undefined ? processItem('') : `${processItem(after)}$`,
        ':to': processItem('~'),
      },
      ...(limit !== undefined && { Limit: itemsPerProcess * (limit + 1) }),
    }),
  );

/** Processes that are read at once. */
const concurrency = 10;

/** Some processes of a project, in the order of these ids; without those that are gone. */
export async function* readSome(
  context: ProcessContext,
  projectID: string,
  processIDs: readonly string[],
): AsyncGenerator<WholeProcess> {
  for (const page of pagesOf(processIDs, concurrency)) {
    const wholes = await Promise.all(page.map((processID) => readWhole(context, projectID, processID)));
    yield* wholes.filter((whole) => whole !== undefined);
  }
}

/** Puts items together. A process stands before all that belongs to it. */
async function* wholes(items: AsyncGenerator<Item>): AsyncGenerator<WholeProcess> {
  let whole: WholeProcess | undefined;
  for await (const item of items) {
    const { processID } = whole?.process ?? {};
    if (processID === undefined || !item.item.startsWith(`${processItem(processID)}#`)) {
      if (whole) yield whole;
      whole = 'status' in item ? { process: item, files: [], messages: [], dependents: [] } : undefined;
    } else if (whole) {
      add(whole, processID, item);
    }
  }
  if (whole) yield whole;
}

function add(whole: WholeProcess, processID: string, item: Item): void {
  if (item.item.startsWith(filesOf(processID)) && 'fileID' in item) whole.files.push(item);
  if (item.item.startsWith(messagesOf(processID)) && 'text' in item) whole.messages.push(item);
  if (item.item.startsWith(dependentsOf(processID)) && 'dependent' in item) whole.dependents.push(item.dependent);
}
