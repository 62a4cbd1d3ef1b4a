import { nextSequence } from '../history/history.ts';
import { updateExpression } from '../platform/dynamodb.ts';
import { stateCheck, transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import type { ProcessContext } from './context.ts';
import { mergeDetails } from './details.ts';
import { findProject } from './find-visible.ts';
import { eventWrites, processProjectSubject, projectEvent } from './history.ts';
import { projectKey } from './keys.ts';
import { requireParty } from './parties.ts';
import type { ProcessProjectRow } from './rows.ts';
import type { Viewer } from './viewer.ts';

export interface ProjectChanges {
  status?: number | undefined;
  /** Merged into the details key by key. */
  details?: Record<string, unknown> | undefined;
}

/** Changes a project of the viewer's. @throws Refusal when it is not theirs, or the details are too long */
export async function updateProject(
  context: ProcessContext,
  viewer: Viewer,
  projectID: string,
  { status, details }: ProjectChanges,
): Promise<void> {
  const { db, clock } = context;
  await untilCommitted(
    'Project',
    async (tried) => {
      if (tried > 0) await clock.sleep(clock.random() * 10 * tried);
      const { project, parties } = await findProject(context, viewer, projectID);
      requireParty(parties, 'client');
      const changes = {
        ...(status !== undefined && { status }),
        ...(details && { details: mergeDetails('details', project.details, details) }),
      };
      if (Object.keys(changes).length === 0) return undefined;
      const old = Object.fromEntries(Object.keys(changes).map((field) => [field, Reflect.get(project, field)]));
      const { version, checks } = await placeOfChange(context, project);
      const event = projectEvent({ ...project, version }, { event: 'changed', details: { ...changes, old } }, viewer);
      const update = projectUpdate(context, project, { ...changes, updatedAt: clock.now(), version: version + 1 });
      const outcome = await transact(db, clock, [update, ...checks, ...eventWrites(context, [event])]);
      return outcome === 'committed' ? undefined : tryAgain;
    },
    100,
  );
}

/**
 * The version that a change raises, with conditions of its transaction. A project of DST that has no row gets one as long as DST does
 * not delete it, and goes on with the history of one that had its number before.
 */
async function placeOfChange(
  { db, tables }: ProcessContext,
  { projectID, owner, version }: ProcessProjectRow,
): Promise<{ version: number; checks: Write[] }> {
  if (owner.kind !== 'dst' || version > 0) return { version, checks: [] };
  const sequence = await nextSequence(db, tables.history, processProjectSubject(projectID));
  return { version: sequence - 1, checks: [stateCheck(tables.projects, { projectNo: owner.projectNo }, 'active')] };
}

/** Changes a project if nobody else did since it was read. A project of DST may have no row yet. */
export function projectUpdate(
  { tables }: Pick<ProcessContext, 'tables'>,
  project: ProcessProjectRow,
  changes: Partial<ProcessProjectRow>,
): Write {
  const TableName = tables.processes;
  if (project.version === 0) {
    return {
      Put: {
        TableName,
        Item: { ...project, ...changes },
        ConditionExpression: 'attribute_not_exists(#scope)',
        ExpressionAttributeNames: { '#scope': 'scope' },
      },
    };
  }
  const { ExpressionAttributeNames, ...update } = updateExpression(changes, {
    ':read': project.version,
    ':active': 'active',
  });
  return {
    Update: {
      TableName,
      Key: projectKey(project.projectID),
      ConditionExpression: 'version = :read AND #stateRead = :active',
      ...update,
      ExpressionAttributeNames: { ...ExpressionAttributeNames, '#stateRead': 'state' },
    },
  };
}
