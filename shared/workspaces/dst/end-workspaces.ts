import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { batchDelete, getItem } from '../../platform/dynamodb.ts';
import { TransientError } from '../../platform/errors.ts';
import { gatherPages } from '../../platform/pages.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../../platform/transaction.ts';
import type { RemovalContext } from '../context.ts';
import { items, jobsOfWorkspace, readWorkspace } from '../find.ts';
import { hasEnded } from '../job-state.ts';
import { prefixes, projectKey, projectScope, projectWorkspaceKey, usageKey, workKey } from '../keys.ts';
import type { ProjectWorkspace } from '../project-items.ts';
import { deletionWrites, longestWrite, removeContents, removeWorkspace } from '../remove-workspace.ts';
import type { JobRow } from '../rows.ts';
import { stopJobs } from '../stop-job.ts';
import { workWrite } from '../work.ts';

/** Workspaces that are read together. */
const pageSize = 100;

/** Milliseconds after which a deletion looks again whether jobs have ended. */
const jobPause = 30_000;

/** Milliseconds in which a job ends that was asked to: it stores its files, and its execution may have to be started again. */
const stopPatience = 45 * 60_000;

/** How far the end of a project's workspaces is. */
export type EndedWorkspaces =
  | { kind: 'gone' }
  /** The time was up. */
  | { kind: 'interrupted' }
  /** `until` in milliseconds since 1970; `unstoppable`: ids of jobs that should have ended long ago. */
  | { kind: 'waits'; until: number; unstoppable: readonly number[] };

/** @throws TransientError when jobs should have ended long ago */
export function checkStopped({ unstoppable }: Extract<EndedWorkspaces, { kind: 'waits' }>): void {
  if (unstoppable.length === 0) return;
  throw new TransientError(`Jobs do not end, though they were stopped: ${unstoppable.join(', ')}`);
}

interface EndOptions {
  /** For people, at the jobs that are stopped. */
  reason: string;
  /** Workspaces that are ended; all by default. */
  isEnded?: (workspace: ProjectWorkspace) => boolean;
  /** Called before each workspace is changed; false leaves the rest to another call. */
  mayGoOn: () => Promise<boolean>;
  /** Condition under which the project's own rows are removed when no workspace is left; without it they stay. */
  last?: Write;
}

/**
 * Ends workspaces of a project: their jobs are stopped first, then the workspaces are removed, and when nothing that had begun
 * before puts anything any more, what came late. Every step may be repeated. A project that never had a workspace takes one read.
 */
export async function endWorkspaces(
  context: RemovalContext,
  projectNo: string,
  options: EndOptions,
): Promise<EndedWorkspaces> {
  const { db, clock, tables } = context;
  if (!(await getItem(db, tables.workspaces, projectKey(projectNo)))) return { kind: 'gone' };
  const stopped = await stopAll(context, projectNo, options);
  if (!stopped) return { kind: 'interrupted' };
  let until = 0;
  let isLeft = false;
  for await (const workspace of workspacesOf(context, projectNo)) {
    if (!(options.isEnded?.(workspace) ?? true)) {
      isLeft = true;
      continue;
    }
    if (!(await options.mayGoOn())) return { kind: 'interrupted' };
    const end = await remove(context, projectNo, workspace, options.mayGoOn);
    if (end === 'interrupted') return { kind: end };
    until = Math.max(until, end);
  }
  if (until > 0) return { kind: 'waits', until, unstoppable: stopped.unstoppable };
  const { last } = options;
  if (isLeft || !last) return { kind: 'gone' };
  if (!(await options.mayGoOn())) return { kind: 'interrupted' };
  const own: Write[] = [usageKey({ projectNo }), projectKey(projectNo)].map((Key) => ({
    Delete: { TableName: tables.workspaces, Key },
  }));
  const outcome = await transact(db, clock, [...own, last]);
  return outcome === 'committed' ? { kind: 'gone' } : { kind: 'interrupted' };
}

const workspacesOf = (context: RemovalContext, projectNo: string) =>
  items<ProjectWorkspace>(context, projectScope(projectNo), prefixes.workspace);

/**
 * Lets nothing more begin in workspaces, and asks their jobs to end.
 *
 * @returns ids of jobs that should have ended long ago; undefined if the time is up
 */
async function stopAll(
  context: RemovalContext,
  projectNo: string,
  { reason, isEnded = () => true, mayGoOn }: EndOptions,
): Promise<{ unstoppable: number[] } | undefined> {
  const unstoppable: number[] = [];
  for await (const page of gatherPages(workspacesOf(context, projectNo), pageSize)) {
    for (const workspace of page) {
      if (workspace.quietAt !== undefined || !isEnded(workspace)) continue;
      if (!(await mayGoOn())) return undefined;
      const { activeJobs } = await beginDeletion(context, workspace);
      if (activeJobs === 0) continue;
      const jobs = await jobsOfWorkspace(context, workspace);
      await stopJobs(context, jobs, reason);
      unstoppable.push(...jobs.filter((job) => isUnstoppable(context, job)).map(({ jobId }) => jobId));
    }
  }
  return { unstoppable };
}

const isUnstoppable = ({ clock }: RemovalContext, { state, stopAskedAt }: JobRow) =>
  !hasEnded(state) && stopAskedAt !== undefined && clock.now() > stopAskedAt + stopPatience;

/** @returns the workspace as it is then, without jobs when there is none */
const beginDeletion = (context: RemovalContext, id: ProjectWorkspace): Promise<{ activeJobs: number }> =>
  untilCommitted(`Workspace ${id.workspaceId}`, async () => {
    const row = await readWorkspace(context, id);
    if (!row) return { activeJobs: 0 };
    if (row.state === 'deleting') return row;
    const outcome = await transact(context.db, context.clock, deletionWrites(context, row));
    return outcome === 'committed' ? row : tryAgain;
  });

/** @returns when to continue, in milliseconds since 1970; 0 when nothing is left */
async function remove(
  context: RemovalContext,
  projectNo: string,
  { userId, workspaceId, quietAt }: ProjectWorkspace,
  mayGoOn: () => Promise<boolean>,
): Promise<number | 'interrupted'> {
  const { db, clock, tables } = context;
  const id = { userId, workspaceId };
  const key = projectWorkspaceKey(projectNo, workspaceId);
  let isQuietAt = quietAt;
  if (isQuietAt === undefined) {
    if (!(await removeWorkspace(context, id, mayGoOn))) {
      return (await mayGoOn()) ? clock.now() + jobPause : 'interrupted';
    }
    isQuietAt = (await getItem<ProjectWorkspace>(db, tables.workspaces, key))?.quietAt ?? 0;
  }
  if (isQuietAt > clock.now()) return isQuietAt;
  if (!(await removeContents(context, id, mayGoOn)) || !(await mayGoOn())) return 'interrupted';
  // From now on it names no project any more. It stays in case that clocks differ.
  const purge = workWrite(context, { kind: 'purge-workspace', userId, id: workspaceId }, longestWrite);
  await db.send(new PutCommand(purge.Put));
  await batchDelete(db, clock, tables.workspaces, [key, workKey('remove-workspace', workspaceId)]);
  return 0;
}
