import { organizationIdOf, organizationsOf } from '../accounts/membership.ts';
import { batchGet, getItem } from '../platform/dynamodb.ts';
import { readProject } from '../projects/project.ts';
import type { ProcessContext } from './context.ts';
import { refusals } from './errors.ts';
import { isId, projectNoIn } from './ids.ts';
import { itemsIn } from './items.ts';
import { contractorScope, listItem, pointerKey, processKey, projectKey } from './keys.ts';
import type { Party } from './machine/transitions.ts';
import { isOfContractor, type Parties, partiesIn } from './parties.ts';
import type { ProcessProjectRow, ProcessRow } from './rows.ts';
import { seesAll, type Viewer } from './viewer.ts';

/** A project, and the viewer's place in it. */
export interface FoundProject {
  project: ProcessProjectRow;
  parties: Parties;
  /** Processes that the viewer sees; all of them where it is absent. */
  visible?: readonly string[];
}

/** A process, and the viewer's place in it. */
export interface FoundProcess {
  project: ProcessProjectRow;
  process: ProcessRow;
  parties: Parties;
}

/** @throws Refusal with 404 when there is no such project, or the viewer may not see it */
export async function findProject(context: ProcessContext, viewer: Viewer, projectID: string): Promise<FoundProject> {
  const project = await readPresent(context, projectID);
  if (!project) throw refusals.notFound();
  const parties = partiesIn(viewer, project);
  if (parties.size > 0 || seesAll(viewer)) return { project, parties };
  const visible = await processesFor(context, viewer, project);
  if (visible.length === 0) throw refusals.notFound();
  return { project, parties: new Set(['contractor']), visible };
}

/**
 * @param projectID the project that it has to be in; without one, whichever it is in
 * @throws Refusal with 404 when there is no such process, or the viewer may not see it
 */
export async function findProcess(
  context: ProcessContext,
  viewer: Viewer,
  processID: string,
  projectID?: string,
): Promise<FoundProcess> {
  const scope = projectID ?? (await projectOf(context, processID));
  if (scope === undefined) throw refusals.notFound();
  const [found] = await findProcesses(context, viewer, scope, [processID]);
  if (!found) throw refusals.notFound();
  return found;
}

/** Processes of one project, in the order of the ids. @throws Refusal with 404 for one that is not there or not to be seen */
export async function findProcesses(
  context: ProcessContext,
  viewer: Viewer,
  projectID: string,
  processIDs: readonly string[],
): Promise<FoundProcess[]> {
  if (![projectID, ...processIDs].every(isId)) throw refusals.notFound();
  const { db, clock, tables } = context;
  const keys = [projectKey(projectID), ...processIDs.map((processID) => processKey(projectID, processID))];
  const rows = await batchGet<ProcessProjectRow | ProcessRow>(
    db,
    clock,
    tables.processes,
    keys.map((key) => ({ ...key })),
  );
  const project = rows.find((row): row is ProcessProjectRow => row.item === 'project');
  if (!project || !isPresent(context, project)) throw refusals.notFound();
  const known = partiesIn(viewer, project);
  return Promise.all(
    processIDs.map(async (processID) => {
      const process = rows.find((row): row is ProcessRow => 'processID' in row && row.processID === processID);
      if (!process) throw refusals.notFound();
      const serves = process.contractor !== undefined && (await isOfContractor(context, viewer, process.contractor));
      const parties: Parties = serves ? new Set<Party>([...known, 'contractor']) : known;
      if (parties.size === 0 && !seesAll(viewer)) throw refusals.notFound();
      return { project, process, parties };
    }),
  );
}

/** The project of a process, undefined when there is no such process. */
export async function projectOf({ db, tables }: ProcessContext, processID: string): Promise<string | undefined> {
  if (!isId(processID)) return undefined;
  return (await getItem<{ projectID: string }>(db, tables.processes, { ...pointerKey(processID) }))?.projectID;
}

/** A project, undefined when there is none that is neither expired nor being deleted. */
export async function readPresent(context: ProcessContext, projectID: string): Promise<ProcessProjectRow | undefined> {
  const project = await readProjectRow(context, projectID);
  return project && isPresent(context, project) ? project : undefined;
}

/** A project's row. A project of DST has one when it has its first process, and until then as it would be. */
async function readProjectRow(context: ProcessContext, projectID: string): Promise<ProcessProjectRow | undefined> {
  if (!isId(projectID)) return undefined;
  const { db, tables } = context;
  const row = await getItem<ProcessProjectRow>(db, tables.processes, { ...projectKey(projectID) });
  if (row) return row;
  const projectNo = projectNoIn(projectID);
  return projectNo === undefined ? undefined : dstProject(context, projectNo, projectID);
}

async function dstProject(
  context: ProcessContext,
  projectNo: string,
  projectID: string,
): Promise<ProcessProjectRow | undefined> {
  const project = await readProject(context, projectNo);
  if (project?.state !== 'active') return undefined;
  const { createdAt } = project;
  return {
    ...newProject(projectID, { kind: 'dst', projectNo }, createdAt),
    details: JSON.stringify({ title: projectNo }),
  };
}

/** The row of a project without processes. */
export const newProject = (
  projectID: string,
  owner: ProcessProjectRow['owner'],
  createdAt: number,
): ProcessProjectRow => ({
  ...projectKey(projectID),
  item: 'project',
  projectID,
  owner,
  status: 0,
  details: '{}',
  state: 'active',
  processesCount: 0,
  locked: 0,
  createdAt,
  updatedAt: createdAt,
  version: 0,
});

/** Whether a project is neither being deleted nor a draft that has expired. */
export const isPresent = ({ clock }: Pick<ProcessContext, 'clock'>, project: ProcessProjectRow): boolean =>
  project.state === 'active' && (project.expiresAt === undefined || project.expiresAt > clock.now());

/** Processes of a project that were sent to an organization of the viewer. */
async function processesFor(
  context: ProcessContext,
  { account }: Viewer,
  project: ProcessProjectRow,
): Promise<string[]> {
  if (!account) return [];
  const organizations = await organizationsOf(context, account);
  const found = organizations.map((organization) =>
    Array.fromAsync(
      itemsIn<{ processID: string }>(context, contractorScope(organizationIdOf(organization)), `${listItem(project)}#`),
    ),
  );
  return (await Promise.all(found)).flat().map(({ processID }) => processID);
}
