import { getItem, query } from '../../platform/dynamodb.ts';
import type { ProcessContext } from '../context.ts';
import { messagesOf, processKey, projectKey, projectScope } from '../keys.ts';
import type { MessageRow, ProcessProjectRow, ProcessRow, ProcessWorkRow } from '../rows.ts';

/** A process in which something still waits for a party. */
export interface WaitingProcess {
  project: ProcessProjectRow;
  process: ProcessRow;
}

/** The process that a reminder is about, while what it is about waits still. */
export async function readWaiting(context: ProcessContext, work: ProcessWorkRow): Promise<WaitingProcess | undefined> {
  const { db, tables } = context;
  const { projectID, processID = '', data } = work;
  const [project, process] = await Promise.all([
    getItem<ProcessProjectRow>(db, tables.processes, { ...projectKey(projectID) }),
    getItem<ProcessRow>(db, tables.processes, { ...processKey(projectID, processID) }),
  ]);
  if (project?.state !== 'active' || !process) return undefined;
  const waits =
    data.message === undefined
      ? process.status === data.status && String(process.statusSince) === data.since
      : await isNewest(context, projectID, processID, data.message);
  return waits ? { project, process } : undefined;
}

/** Whether nobody has written after a message: neither the other party, nor its author, of whose last message another reminder tells. */
async function isNewest(
  { db, tables }: ProcessContext,
  projectID: string,
  processID: string,
  message: string,
): Promise<boolean> {
  const newest = query<MessageRow>(db, {
    TableName: tables.processes,
    KeyConditionExpression: '#scope = :scope AND #item BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
    ExpressionAttributeValues: {
      ':scope': projectScope(projectID),
      ':first': message,
      ':last': `${messagesOf(processID)}~`,
    },
    Limit: 2,
  });
  for await (const { item } of newest) if (item !== message) return false;
  return true;
}
