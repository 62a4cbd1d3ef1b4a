import { organizationIdOf, organizationsOf } from '../accounts/membership.ts';
import { batchGet, query } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import type { ProcessContext } from './context.ts';
import { isPresent, readPresent } from './find-visible.ts';
import { dstProjectId } from './ids.ts';
import { contractorScope, listItem, projectKey } from './keys.ts';
import type { ProcessProjectRow } from './rows.ts';
import { type Viewer, viewerId } from './viewer.ts';

/** A project in a list. */
export interface ListedProject {
  project: ProcessProjectRow;
  /** Processes that the viewer sees, where they are not all of the project's. */
  visible?: readonly string[];
}

/** A place in one of the lists that a viewer's list is merged from. */
interface ListPlace {
  item: string;
  projectID: string;
  visible?: string[];
  /** The row, where it was read already. */
  project?: ProcessProjectRow;
}

/** Part of a list. */
interface Wanted {
  after?: string | undefined;
  limit?: number | undefined;
}

/** Rows of projects that are read at once. */
const rowsAtOnce = 50;

/**
 * The projects that a viewer sees, the newest first: their own, drafts of their session, that of DST which they have access to,
 * and those with processes that were sent to an organization of theirs.
 *
 * @param after the cursor of the project behind which to begin
 * @param limit how many are wanted: not many more are read
 */
export async function* listProjects(
  context: ProcessContext,
  viewer: Viewer,
  { after, limit = rowsAtOnce }: Wanted,
): AsyncGenerator<ListedProject> {
  const { db, clock, tables } = context;
  const atOnce = Math.min(limit + 1, rowsAtOnce);
  const sources = await sourcesOf(context, viewer, { after, limit: atOnce });
  for await (const page of gatherPages(merge(sources), atOnce)) {
    const keys = page.filter(({ project }) => !project).map(({ projectID }) => ({ ...projectKey(projectID) }));
    const rows = keys.length === 0 ? [] : await batchGet<ProcessProjectRow>(db, clock, tables.processes, keys);
    const known = new Map(rows.map((row) => [row.projectID, row]));
    for (const { projectID, project = known.get(projectID), visible } of page) {
      if (project && isPresent(context, project)) yield { project, ...(visible && { visible }) };
    }
  }
}

/** Cursor of a project in a list. */
export const cursorOf = (project: ProcessProjectRow): string => Buffer.from(listItem(project)).toString('base64url');

/** @returns undefined for what is no cursor */
export function itemAt(cursor: string): string | undefined {
  const item = Buffer.from(cursor, 'base64url').toString();
  return /^\d{15}#[\w-]{1,400}$/.test(item) ? item : undefined;
}

async function sourcesOf(
  context: ProcessContext,
  viewer: Viewer,
  wanted: Wanted,
): Promise<AsyncGenerator<ListPlace>[]> {
  const { account, session, projectNo } = viewer;
  const organizations = account ? await organizationsOf(context, account) : [];
  return [
    ...(account ? [placesIn(context, `client#${viewerId(viewer)}`, wanted)] : []),
    ...(session === undefined ? [] : [placesIn(context, `session#${session}`, wanted)]),
    ...(projectNo === undefined ? [] : [dstPlace(context, projectNo, wanted.after)]),
    ...organizations.map((organization) =>
      grouped(placesIn(context, contractorScope(organizationIdOf(organization)), wanted)),
    ),
  ];
}

/** Places of a list, the newest first. */
const placesIn = (
  { db, tables }: ProcessContext,
  scope: string,
  { after = '~', limit }: Wanted,
): AsyncGenerator<ListPlace> =>
  query<ListPlace>(db, {
    TableName: tables.processes,
    KeyConditionExpression: '#scope = :scope AND #item < :after',
    ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
    ExpressionAttributeValues: { ':scope': scope, ':after': after },
    ScanIndexForward: false,
    ...(limit !== undefined && { Limit: limit }),
  });

async function* dstPlace(
  context: ProcessContext,
  projectNo: string,
  after: string | undefined,
): AsyncGenerator<ListPlace> {
  const projectID = dstProjectId(projectNo);
  const project = await readPresent(context, projectID);
  if (!project) return;
  const item = listItem(project);
  if (after === undefined || item < after) yield { item, projectID, project };
}

/** Puts places of processes of one project together. */
async function* grouped(places: AsyncGenerator<ListPlace & { processID?: string }>): AsyncGenerator<ListPlace> {
  let group: (ListPlace & { visible: string[] }) | undefined;
  for await (const { item, projectID, processID = '' } of places) {
    if (group?.projectID === projectID) group.visible.push(processID);
    else {
      if (group) yield group;
      group = { item: item.slice(0, -processID.length - 1), projectID, visible: [processID] };
    }
  }
  if (group) yield group;
}

/** Merges lists into one. A project that is in several of them is there once, with what the viewer sees of it by any of them. */
async function* merge(sources: readonly AsyncGenerator<ListPlace>[]): AsyncGenerator<ListPlace> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, place: (await source.next()).value })));
  for (;;) {
    const open = heads.flatMap(({ place }) => place ?? []);
    const [first, ...others] = open;
    if (!first) return;
    const newest = others.reduce((best, each) => (each.item > best.item ? each : best), first);
    const same = heads.filter(({ place }) => place?.projectID === newest.projectID);
    yield united(
      newest,
      same.flatMap(({ place }) => place ?? []),
    );
    for (const head of same) head.place = (await head.source.next()).value;
  }
}

/** A project of which one list has all processes is seen whole. */
function united(place: ListPlace, all: readonly ListPlace[]): ListPlace {
  const { visible: _, ...whole } = place;
  const visible = all.flatMap((each) => each.visible ?? []);
  return all.some((each) => each.visible === undefined) ? whole : { ...whole, visible };
}
