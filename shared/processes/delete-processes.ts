import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { Refusal } from '../api/answer.ts';
import { batchDelete, getItem } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import { maxActions, transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import { changeProcesses } from './change.ts';
import type { ProcessContext } from './context.ts';
import { listKeys } from './create.ts';
import { idsOf } from './end-order-job.ts';
import { refusals } from './errors.ts';
import { type FoundProcess, findProcesses, findProject } from './find-visible.ts';
import { eventWrites, processEvents, projectEvent } from './history.ts';
import { itemsOf } from './items.ts';
import {
  contractorScope,
  dependentKey,
  dependentsOf,
  type Key,
  listItem,
  messagesOf,
  pointerKey,
  processItem,
  processKey,
  projectKey,
} from './keys.ts';
import { isBeforeRequest, isUnderWay } from './machine/status.ts';
import { requireParty } from './parties.ts';
import type { ProcessChange } from './plan.ts';
import type { DependentRow, ProcessProjectRow, ProcessRow, ProcessWorkRow } from './rows.ts';
import { projectUpdate } from './update-project.ts';
import { systemViewer, type Viewer } from './viewer.ts';
import { doWork, finishWork, workPut, workRow } from './work.ts';

/**
 * Deletes processes of a project, all of them or none. Their histories stay.
 *
 * @throws Refusal with 404 for a process that the viewer does not see, 403 for one of another client, 409 for an order under way
 */
export async function deleteProcesses(
  context: ProcessContext,
  viewer: Viewer,
  projectID: string,
  processIDs: readonly string[],
): Promise<void> {
  const { db, clock } = context;
  const ids = [...new Set(processIDs)];
  const work = await untilCommitted(
    'Process',
    async (tried) => {
      if (tried > 0) await clock.sleep(clock.random() * 10 * tried);
      const found = await findProcesses(context, viewer, projectID, ids);
      for (const { parties } of found) requireParty(parties, 'client');
      requireRemovable(found.map(({ process }) => process));
      const [{ project } = { project: undefined }] = found;
      if (!project) return [];
      const removals = found.map(({ process }) => removalOf(context, viewer, project, process));
      const writes = [
        ...removals.flatMap((removal) => removal.writes),
        countDown(context, projectID, found.length),
        ...eventWrites(
          context,
          removals.flatMap((removal) => removal.events),
        ),
      ];
      if (writes.length > maxActions) throw refusals.badRequest('These are too many processes for one request');
      const outcome = await transact(db, clock, writes);
      return outcome === 'committed' ? removals.flatMap((removal) => removal.work) : tryAgain;
    },
    100,
  );
  await doWork(context, work);
}

function requireRemovable(processes: readonly ProcessRow[]): void {
  const missing = processes
    .filter(({ status }) => isUnderWay(status))
    .map(({ status, processID }) => ({
      key: 'Process-Status',
      message: `The process is ${status}, and an order under way is not deleted`,
      processID,
    }));
  if (missing.length > 0) throw refusals.conflict(missing);
}

/** Writes that remove a process, and leave its history. Chat and files are left to work, as they may be many. */
function removalOf(context: ProcessContext, viewer: Viewer, project: ProcessProjectRow, process: ProcessRow) {
  const TableName = context.tables.processes;
  const { projectID, processID, version, contractor, status, verification, job, dependenciesIn } = process;
  const place = { projectID, processID };
  const work = [
    workRow(context, place, version + 1, { kind: 'remove-files' }),
    workRow(context, place, version + 1, { kind: 'remove-remains', data: { before: dependenciesIn.join(',') } }),
    ...(job && job.state === undefined
      ? [workRow(context, place, version + 1, { kind: 'after-step', data: { to: status, ...idsOf(job) } })]
      : []),
    ...(status === 'VERIFYING' && verification
      ? [workRow(context, place, version + 1, { kind: 'stop-verification', data: { id: verification.id } })]
      : []),
  ];
  const writes: Write[] = [
    {
      Delete: {
        TableName,
        Key: processKey(projectID, processID),
        ConditionExpression: 'version = :read',
        ExpressionAttributeValues: { ':read': version },
      },
    },
    { Delete: { TableName, Key: pointerKey(processID) } },
    ...(contractor
      ? [
          {
            Delete: {
              TableName,
              Key: { scope: contractorScope(contractor.id), item: `${listItem(project)}#${processID}` },
            },
          },
        ]
      : []),
    ...work.map((row) => workPut(context, row)),
  ];
  const entry = {
    event: 'deleted',
    type: 'DELETION',
    data: {},
    old: { status },
    details: { content: processID },
  } as const;
  return { writes, work, events: processEvents({ project, process, version, entries: [entry] }, viewer) };
}

const countDown = ({ tables }: ProcessContext, projectID: string, count: number): Write => ({
  Update: {
    TableName: tables.processes,
    Key: projectKey(projectID),
    ConditionExpression: 'attribute_exists(#scope)',
    UpdateExpression: 'ADD processesCount :count',
    ExpressionAttributeNames: { '#scope': 'scope' },
    ExpressionAttributeValues: { ':count': -count },
  },
});

/**
 * Deletes projects with their processes, all of them or none. From this transaction on nobody sees them any more; what is in them
 * goes afterwards.
 *
 * @throws Refusal with 404 for a project that the viewer does not see, 403 for one of another client, 409 when one of its
 * processes is an order under way
 */
export async function deleteProjects(
  context: ProcessContext,
  viewer: Viewer,
  projectIDs: readonly string[],
): Promise<void> {
  const { db, clock } = context;
  const ids = [...new Set(projectIDs)];
  const work = await untilCommitted(
    'Project',
    async (tried) => {
      if (tried > 0) await clock.sleep(clock.random() * 10 * tried);
      const found = await Promise.all(ids.map((projectID) => findProject(context, viewer, projectID)));
      for (const { parties } of found) requireParty(parties, 'client');
      if (found.some(({ project }) => project.owner.kind === 'dst')) {
        const message = 'A project of Statistics Denmark is deleted by Statistics Denmark alone';
        throw refusals.conflict([{ key: 'Project-Owner', message }]);
      }
      const removals = found.map(({ project }) => projectRemoval(context, viewer, project));
      const writes = removals.flatMap((removal) => removal.writes);
      if (writes.length > maxActions) throw refusals.badRequest('These are too many projects for one request');
      const outcome = await transact(db, clock, writes);
      return outcome === 'committed' ? removals.map((removal) => removal.work) : tryAgain;
    },
    100,
  );
  await doWork(context, work);
}

/**
 * The writes that mark a project as one that is being deleted, with the work to remove it.
 *
 * @throws Refusal with 409 when one of its processes is an order under way
 */
export function projectRemoval(
  context: ProcessContext,
  viewer: Viewer,
  project: ProcessProjectRow,
): { writes: Write[]; work: ProcessWorkRow } {
  const { projectID, locked, version } = project;
  if (locked > 0) {
    const message = `${locked} of the processes are orders under way`;
    throw refusals.conflict([{ key: 'Project-Processes', message }]);
  }
  const work = workRow(context, { projectID }, version + 1, { kind: 'remove-project' });
  const writes = [
    removalMark(context, project),
    ...listKeys(project).map((Key) => ({ Delete: { TableName: context.tables.processes, Key } })),
    workPut(context, work),
    ...eventWrites(context, [projectEvent(project, { event: 'deletion begun' }, viewer)]),
  ];
  return { writes, work };
}

/** Marks a project as one that is being deleted, if nothing of it is under way. */
function removalMark(context: ProcessContext, project: ProcessProjectRow): Write {
  const mark = projectUpdate(context, project, {
    state: 'deleting',
    updatedAt: context.clock.now(),
    version: project.version + 1,
  });
  const { Update } = mark;
  if (!Update) return mark;
  return {
    Update: {
      ...Update,
      ConditionExpression: `${Update.ConditionExpression} AND locked = :none`,
      ExpressionAttributeValues: { ...Update.ExpressionAttributeValues, ':none': 0 },
    },
  };
}

/** Processes whose removal is one transaction. */
const processesAtOnce = 8;

/** Removes what is in a project that is being deleted, and then the project. */
export async function removeProject(context: ProcessContext, work: ProcessWorkRow): Promise<void> {
  const { db, clock, tables } = context;
  const { projectID } = work;
  const project = await readMarked(context, projectID);
  if (!project) return finishWork(context, work);
  const done: ProcessWorkRow[] = [];
  for await (const page of gatherPages(processesOf(context, projectID), processesAtOnce)) {
    const removals = page.map((process) => removalOf(context, systemViewer, project, process));
    const outcome = await transact(db, clock, [
      ...removals.flatMap((removal) => removal.writes),
      ...eventWrites(
        context,
        removals.flatMap((removal) => removal.events),
      ),
    ]);
    // Another run of the same work, or a change that came just before, was first: the sweep looks again.
    if (outcome === 'refused') return;
    done.push(...removals.flatMap((removal) => removal.work));
  }
  await doWork(context, done);
  const outcome = await transact(db, clock, [
    {
      Delete: {
        TableName: tables.processes,
        Key: projectKey(projectID),
        ConditionExpression: 'version = :read',
        ExpressionAttributeValues: { ':read': project.version },
      },
    },
    { Delete: { TableName: tables.processes, Key: { scope: work.scope, item: work.item } } },
    ...eventWrites(context, [projectEvent(project, { event: 'deleted' }, systemViewer)]),
  ]);
  if (outcome === 'refused') context.log.warn('project changed while it was removed', { projectID });
}

async function readMarked({ db, tables }: ProcessContext, projectID: string): Promise<ProcessProjectRow | undefined> {
  const row = await getItem<ProcessProjectRow>(db, tables.processes, { ...projectKey(projectID) });
  return row?.state === 'deleting' ? row : undefined;
}

/** The rows of a project's processes. */
async function* processesOf(context: ProcessContext, projectID: string): AsyncGenerator<ProcessRow> {
  for await (const row of itemsOf<ProcessRow>(context, projectID, processItem(''))) {
    if (row.item === processItem(row.processID)) yield row;
  }
}

/** Removes what a process that was deleted has left. The processes that wait for it look again, and name it no more. */
export async function removeRemains(context: ProcessContext, work: ProcessWorkRow): Promise<void> {
  const { db, clock, tables } = context;
  const { projectID, processID = '', data } = work;
  await removeItems(context, projectID, messagesOf(processID));
  await forEachDependent(context, work, ({ process }) => withoutPredecessor(process, processID));
  await removeItems(context, projectID, dependentsOf(processID));
  const before = (data.before ?? '').split(',').filter((id) => id !== '');
  const keys = before.map((id) => ({ ...dependentKey(projectID, id, processID) }));
  await batchDelete(db, clock, tables.processes, keys);
  await finishWork(context, work);
}

/** Has the processes that wait for a process look again, as it is completed. */
export async function wakeDependents(context: ProcessContext, work: ProcessWorkRow): Promise<void> {
  await forEachDependent(context, work, ({ process }) =>
    isWaiting(process) ? { edited: true, entries: [] } : undefined,
  );
  await finishWork(context, work);
}

const isWaiting = ({ status }: ProcessRow): boolean => status === 'WAITING_FOR_OTHER_PROCESS';

/** The change of a process that a process which was deleted came before. An order that was sent stays as it is. */
function withoutPredecessor(process: ProcessRow, deleted: string): ProcessChange | undefined {
  const { dependenciesIn: old, status } = process;
  if (!old.includes(deleted) || !isBeforeRequest(status)) return undefined;
  const dependenciesIn = old.filter((id) => id !== deleted);
  const entry = { event: 'changed', type: 'DEPENDENCY', key: 'dependenciesIn', data: dependenciesIn, old } as const;
  return { set: { dependenciesIn }, edited: isWaiting(process), entries: [entry] };
}

/** Changes the processes that wait for a process, one after the other. */
async function forEachDependent(
  context: ProcessContext,
  { projectID, processID = '' }: ProcessWorkRow,
  decide: (found: FoundProcess) => ProcessChange | undefined,
): Promise<void> {
  for await (const { dependent } of itemsOf<DependentRow>(context, projectID, dependentsOf(processID))) {
    try {
      await changeProcesses(context, systemViewer, projectID, [dependent], decide);
    } catch (error) {
      // The process was deleted, or its project.
      if (!(error instanceof Refusal && error.answer.status === 404)) throw error;
    }
  }
}

async function removeItems(context: ProcessContext, projectID: string, prefix: string): Promise<void> {
  const { db, tables } = context;
  for await (const { scope, item } of itemsOf<Key>(context, projectID, prefix)) {
    await db.send(new DeleteCommand({ TableName: tables.processes, Key: { scope, item } }));
  }
}
