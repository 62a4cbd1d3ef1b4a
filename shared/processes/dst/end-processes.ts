import { getItem } from '../../platform/dynamodb.ts';
import { gatherPages } from '../../platform/pages.ts';
import { transact, type Write } from '../../platform/transaction.ts';
import type { ProcessContext } from '../context.ts';
import { eventsScope } from '../events/write-missed-events.ts';
import { removeAll, removeItems } from '../files/remove-remains.ts';
import { eventWrites, processEvents, projectEvent } from '../history.ts';
import type { ProcessHistoryEntry } from '../history-entry.ts';
import { dstProjectId } from '../ids.ts';
import { itemsOf } from '../items.ts';
import { contractorScope, type Key, listItem, pointerKey, processItem, processKey, projectKey } from '../keys.ts';
import { codeOf, isEnd } from '../machine/status.ts';
import type { ProcessProjectRow, ProcessRow } from '../rows.ts';
import { systemViewer } from '../viewer.ts';

/** Everything that ending the processes of a project of DST needs. */
export type EndContext = Pick<ProcessContext, 'db' | 'clock'> & {
  tables: Pick<ProcessContext['tables'], 'processes' | 'history' | 'unpublished'>;
  attachments: Parameters<typeof removeAll>[0]['attachments'];
};

/** Processes that are read together. */
const pageSize = 20;

const reason = 'Statistics Denmark has deleted the project';

/**
 * Ends the processes of a project that DST deletes, and removes them with their files and chats; their histories stay. Every step may
 * be repeated, and what is gone is not looked for again.
 *
 * @param mayGoOn called before each process is removed; false leaves the rest to another call
 * @returns whether nothing is left
 */
export async function endProcesses(
  context: EndContext,
  projectNo: string,
  mayGoOn: () => Promise<boolean>,
): Promise<boolean> {
  const { db, clock, tables } = context;
  const projectID = dstProjectId(projectNo);
  const project = await markDeleted(context, projectID);
  if (!project) return true;
  let isDone = true;
  for await (const page of gatherPages(processesOf(context, projectID), pageSize)) {
    for (const process of page) {
      if (!(await mayGoOn())) return false;
      // Before the row, which is what a repetition finds the rest by.
      await removeAll(context, projectID, process.processID);
      // Refused: a request that had read the project before has changed the process.
      if ((await transact(db, clock, removalWrites(context, project, process))) === 'refused') isDone = false;
    }
  }
  if (!isDone) return false;
  for (const processID of await halfRemoved(context, projectID)) {
    if (!(await mayGoOn())) return false;
    await removeAll(context, projectID, processID);
  }
  if (!(await mayGoOn())) return false;
  await removeItems(context, eventsScope(`project#${projectNo}`), '');
  const removal: Write = {
    Delete: {
      TableName: tables.processes,
      Key: projectKey(projectID),
      ConditionExpression: 'version = :read',
      ExpressionAttributeValues: { ':read': project.version },
    },
  };
  const deleted = projectEvent(project, { event: 'deleted' }, systemViewer);
  return (await transact(db, clock, [removal, ...eventWrites(context, [deleted])])) === 'committed';
}

/** Marks the project, so that nobody sees it any more and nothing is added to it. @returns it; undefined when there is none */
async function markDeleted(context: EndContext, projectID: string): Promise<ProcessProjectRow | undefined> {
  const { db, clock, tables } = context;
  for (;;) {
    const project = await getItem<ProcessProjectRow>(db, tables.processes, { ...projectKey(projectID) });
    if (!project || project.state === 'deleting') return project;
    const marked: ProcessProjectRow = { ...project, state: 'deleting', version: project.version + 1 };
    const begun = projectEvent(project, { event: 'deletion begun', details: { reason } }, systemViewer);
    const mark: Write = {
      Update: {
        TableName: tables.processes,
        Key: projectKey(projectID),
        ConditionExpression: 'version = :read',
        UpdateExpression: 'SET #state = :state, version = :version',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':read': project.version, ':state': marked.state, ':version': marked.version },
      },
    };
    if ((await transact(db, clock, [mark, ...eventWrites(context, [begun])])) === 'committed') return marked;
  }
}

async function* processesOf(context: EndContext, projectID: string): AsyncGenerator<ProcessRow> {
  for await (const row of itemsOf<ProcessRow>(context, projectID, processItem(''))) {
    if (row.item === processItem(row.processID)) yield row;
  }
}

/** Processes that their client has deleted, of which files or messages are left for the sweep. */
async function halfRemoved(context: EndContext, projectID: string): Promise<Set<string>> {
  const processIDs = new Set<string>();
  for await (const { item } of itemsOf<Key>(context, projectID, processItem(''))) {
    const [, processID = ''] = item.split('#');
    processIDs.add(processID);
  }
  return processIDs;
}

/** The writes that cancel a process, where it had not ended, and remove it. */
function removalWrites(context: EndContext, project: ProcessProjectRow, process: ProcessRow): Write[] {
  const TableName = context.tables.processes;
  const { projectID, processID, version, status, contractor } = process;
  const canceled: ProcessHistoryEntry = {
    event: 'status changed',
    type: 'STATUS',
    key: 'processStatus',
    data: codeOf('CANCELED'),
    old: codeOf(status),
    details: { reason },
  };
  const deleted: ProcessHistoryEntry = {
    event: 'deleted',
    type: 'DELETION',
    data: {},
    details: { content: processID, reason },
  };
  const entries = isEnd(status) ? [deleted] : [canceled, deleted];
  const assigned = contractor && { scope: contractorScope(contractor.id), item: `${listItem(project)}#${processID}` };
  return [
    {
      Delete: {
        TableName,
        Key: processKey(projectID, processID),
        ConditionExpression: 'version = :read',
        ExpressionAttributeValues: { ':read': version },
      },
    },
    { Delete: { TableName, Key: pointerKey(processID) } },
    ...(assigned ? [{ Delete: { TableName, Key: assigned } }] : []),
    ...eventWrites(context, processEvents({ project, process, version, entries }, systemViewer)),
  ];
}
