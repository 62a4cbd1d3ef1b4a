import { newestEvent, nextSequence } from '../history/history.ts';
import { stateCheck, transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import type { ProcessContext } from './context.ts';
import { creationId } from './creation-id.ts';
import { draftTime } from './drafts/limits.ts';
import { refusals } from './errors.ts';
import { findProject, newProject } from './find-visible.ts';
import { eventWrites, processEvents, processProjectSubject, processSubject, projectEvent } from './history.ts';
import { draftsScope, listItem, pointerKey, processKey, projectKey, timeKey } from './keys.ts';
import { ownerWrites } from './owners.ts';
import { requireParty } from './parties.ts';
import type { ProcessProjectRow, ProcessRow, ProjectOwner } from './rows.ts';
import { type Viewer, viewerId } from './viewer.ts';

/** The scope of an owner's list of projects, undefined for projects of DST, which are found by their access. */
function listScope(owner: ProjectOwner): string | undefined {
  if (owner.kind === 'dst') return undefined;
  return owner.kind === 'account' ? `client#${owner.id}` : `session#${owner.id}`;
}

type Headers = Readonly<Record<string, string | undefined>>;

interface NewProject {
  /** Session of a visitor. */
  session?: string | undefined;
  details?: Record<string, unknown>;
  headers: Headers;
}

/** Creates a project of an account, or a draft of a visitor. @returns its id */
export async function createProcessProject(
  context: ProcessContext,
  viewer: Viewer,
  { session, details = {}, headers }: NewProject,
): Promise<string> {
  const { db, clock, tables } = context;
  const owner = ownerFor(viewer, session);
  const projectID = creationId(context, headers, owner.id);
  const now = clock.now();
  const row: ProcessProjectRow = {
    ...newProject(projectID, owner, now),
    details: JSON.stringify(details),
    ...(!viewer.account && { expiresAt: now + draftTime }),
    version: 1,
  };
  const event = projectEvent({ ...row, version: 0 }, { event: 'created' }, viewer);
  const writes: Write[] = [
    {
      Put: {
        TableName: tables.processes,
        Item: row,
        ConditionExpression: 'attribute_not_exists(#scope)',
        ...scopeName,
      },
    },
    ...listWrites(context, row),
    ...ownerWrites(context.tables, owner),
    ...eventWrites(context, [event]),
  ];
  // Refused: the same request was carried out before.
  await transact(db, clock, writes);
  return projectID;
}

const scopeName = { ExpressionAttributeNames: { '#scope': 'scope' } };

function ownerFor(viewer: Viewer, session: string | undefined): Exclude<ProjectOwner, { kind: 'dst' }> {
  const { account } = viewer;
  if (account) return { kind: 'account', id: viewerId(viewer), account: account.account };
  if (session === undefined) throw new TypeError('A visitor has no session');
  return { kind: 'session', id: session };
}

/** The writes that put a project on its owner's list, and a draft among those that expire. */
export function listWrites({ tables }: Pick<ProcessContext, 'tables'>, row: ProcessProjectRow): Write[] {
  return listKeys(row).map((key) => ({
    Put: { TableName: tables.processes, Item: { ...key, projectID: row.projectID } },
  }));
}

/** Keys of the places of a project in lists. */
export function listKeys(row: ProcessProjectRow) {
  const scope = listScope(row.owner);
  return [
    ...(scope === undefined ? [] : [{ scope, item: listItem(row) }]),
    ...(row.expiresAt === undefined
      ? []
      : [{ scope: draftsScope, item: `${timeKey(row.expiresAt)}#${row.projectID}` }]),
  ];
}

/** Most processes of a project. */
const maxProcesses = 5_000;

/**
 * Creates a process in a project.
 *
 * @returns its id
 * @throws Refusal when the project is not the viewer's, or is full
 */
export async function createProcess(
  context: ProcessContext,
  viewer: Viewer,
  projectID: string,
  headers: Headers,
): Promise<string> {
  const { db, clock, tables } = context;
  return untilCommitted(
    'Project',
    async (tried) => {
      if (tried > 0) await clock.sleep(clock.random() * 10 * tried);
      const { project, parties } = await findProject(context, viewer, projectID);
      requireParty(parties, 'client');
      const processID = creationId(context, headers, listItem(project));
      if (project.processesCount >= maxProcesses) {
        const message = `A project has at most ${maxProcesses} processes`;
        throw refusals.conflict([{ key: 'Project-Full', message }]);
      }
      const row = newProcess(projectID, processID, clock.now());
      const happening = {
        project,
        process: row,
        version: 0,
        entries: [{ event: 'created', type: 'CREATION', data: { processID } } as const],
      };
      const writes: Write[] = [
        { Put: { TableName: tables.processes, Item: row } },
        { Put: { TableName: tables.processes, Item: { ...pointerKey(processID), projectID } } },
        ...(await countWrites(context, viewer, project)),
        ...eventWrites(context, processEvents(happening, viewer)),
      ];
      if ((await transact(db, clock, writes)) === 'committed') return processID;
      // The same request was carried out before, or the project has changed.
      return (await newestEvent(db, tables.history, processSubject(processID))) ? processID : tryAgain;
    },
    100,
  );
}

/** Counts a new process of a project. A project of DST gets its row with its first process. */
async function countWrites(context: ProcessContext, viewer: Viewer, project: ProcessProjectRow): Promise<Write[]> {
  const { db, clock, tables } = context;
  const { projectID, owner, version } = project;
  if (owner.kind === 'dst' && version === 0) {
    // Continues the history of a project of the same number that was deleted.
    const sequence = await nextSequence(db, tables.history, processProjectSubject(projectID));
    const Item = { ...project, processesCount: 1, version: sequence };
    const event = projectEvent({ ...project, version: sequence - 1 }, { event: 'created' }, viewer);
    return [
      { Put: { TableName: tables.processes, Item, ConditionExpression: 'attribute_not_exists(#scope)', ...scopeName } },
      stateCheck(tables.projects, { projectNo: owner.projectNo }, 'active'),
      ...eventWrites(context, [event]),
    ];
  }
  return [
    {
      Update: {
        TableName: tables.processes,
        Key: projectKey(projectID),
        ConditionExpression: '#state = :active AND processesCount < :max',
        UpdateExpression: 'SET updatedAt = :now ADD processesCount :one',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':active': 'active', ':max': maxProcesses, ':now': clock.now(), ':one': 1 },
      },
    },
  ];
}

const newProcess = (projectID: string, processID: string, now: number): ProcessRow => ({
  ...processKey(projectID, processID),
  projectID,
  processID,
  status: 'DRAFT',
  serviceType: 0,
  serviceStatus: 0,
  serviceDetails: '{}',
  processDetails: '{}',
  dependenciesIn: [],
  createdAt: now,
  updatedAt: now,
  version: 1,
});
