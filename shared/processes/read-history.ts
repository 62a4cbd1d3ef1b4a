import { organizationIdOf, organizationsOf } from '../accounts/membership.ts';
import type { HistoryRow } from '../history/history.ts';
import { newestEvent } from '../history/history.ts';
import { query } from '../platform/dynamodb.ts';
import { readProject } from '../projects/project.ts';
import { clientAudience, contractorAudience, sessionAudience } from './audience.ts';
import type { ProcessContext } from './context.ts';
import { refusals } from './errors.ts';
import { findProcess, projectOf } from './find-visible.ts';
import { type ProcessEventDetails, processSubject } from './history.ts';
import { isId } from './ids.ts';
import { seesAll, type Viewer, viewerId } from './viewer.ts';

/** An event of a process. */
export type ProcessEvent = HistoryRow & { details: ProcessEventDetails };

/**
 * The events of a process, the oldest first, also after its deletion.
 *
 * @param after sequence of the event behind which to begin
 * @param limit how many are wanted: not many more are read
 * @throws Refusal with 404 when there was no such process, or the viewer may not see it
 */
export async function readHistory(
  context: ProcessContext,
  viewer: Viewer,
  processID: string,
  { after, limit }: { after: number; limit?: number | undefined },
): Promise<AsyncGenerator<ProcessEvent>> {
  await requireVisible(context, viewer, processID);
  return query<ProcessEvent>(context.db, {
    TableName: context.tables.history,
    KeyConditionExpression: 'subject = :subject AND #sequence > :after',
    ExpressionAttributeNames: { '#sequence': 'sequence' },
    ExpressionAttributeValues: { ':subject': processSubject(processID), ':after': after },
    ...(limit !== undefined && { Limit: limit + 1 }),
  });
}

/** A process that was deleted is visible to those it belonged to. */
async function requireVisible(context: ProcessContext, viewer: Viewer, processID: string): Promise<void> {
  const projectID = await projectOf(context, processID);
  if (projectID !== undefined) {
    await findProcess(context, viewer, processID, projectID);
    return;
  }
  if (!isId(processID)) throw refusals.notFound();
  const last = await newestEvent(context.db, context.tables.history, processSubject(processID));
  if (!last) throw refusals.notFound();
  if (seesAll(viewer)) return;
  const own = await audiencesOf(context, viewer, last.at);
  if (!last.parties?.some((party) => own.has(party))) throw refusals.notFound();
}

/** @param at time of the event: a project of DST has nothing to do with one that had its number before */
async function audiencesOf(context: ProcessContext, viewer: Viewer, at: number): Promise<Set<string>> {
  const { account, session, projectNo } = viewer;
  const organizations = account ? await organizationsOf(context, account) : [];
  const project = projectNo === undefined ? undefined : await readProject(context, projectNo);
  return new Set([
    ...(account ? [clientAudience(viewerId(viewer))] : []),
    ...(session === undefined ? [] : [sessionAudience(session)]),
    ...(project && project.createdAt <= at ? [`project#${project.projectNo}`] : []),
    ...organizations.map((organization) => contractorAudience(organizationIdOf(organization))),
  ]);
}
