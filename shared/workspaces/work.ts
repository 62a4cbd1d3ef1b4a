import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describeError } from '../platform/errors.ts';
import type { Write } from '../platform/transaction.ts';
import type { RemovalContext, WorkspacesContext } from './context.ts';
import { items } from './find.ts';
import { workKey, workScope } from './keys.ts';

/** Work that follows a commit. A row of it is in the transaction, and is deleted when the work is done. */
export interface WorkspaceWorkRow {
  scope: string;
  item: string;
  kind: WorkspaceWorkKind;
  userId: number;
  /** Id of the workspace or job. */
  id: number;
  /** The project of a workspace that is purged. */
  projectNo?: string | undefined;
  /** From when the sweep does it, in milliseconds since 1970. */
  at: number;
}

export type WorkspaceWorkKind = 'start-job' | 'remove-workspace' | 'purge-workspace' | 'copy-workspace';

type Work = Pick<WorkspaceWorkRow, 'kind' | 'userId' | 'id' | 'projectNo'>;

/** Comes to the same when it is repeated. @returns whether nothing is left to do */
export type WorkspaceWorkHandler = (context: WorkspacesContext, work: Work) => Promise<boolean>;

export type WorkHandlers = Readonly<Record<WorkspaceWorkKind, WorkspaceWorkHandler>>;

/** Milliseconds after which the sweep does what a request has left. */
const graceTime = 60_000;

export function workWrite(
  { clock, tables }: Pick<RemovalContext, 'clock' | 'tables'>,
  { kind, userId, id, projectNo }: Work,
  after = graceTime,
): Write & { Put: object } {
  const project = projectNo === undefined ? {} : { projectNo };
  const Item: WorkspaceWorkRow = { ...workKey(kind, id), kind, userId, id, ...project, at: clock.now() + after };
  return { Put: { TableName: tables.workspaces, Item } };
}

export const workDone = ({ tables }: Pick<RemovalContext, 'tables'>, { kind, id }: Pick<Work, 'kind' | 'id'>) => ({
  TableName: tables.workspaces,
  Key: workKey(kind, id),
});

/** Does work right after its commit. A failure is logged: the sweep does it again. */
export async function doWork(context: WorkspacesContext, handlers: WorkHandlers, work: Work): Promise<void> {
  try {
    await finish(context, handlers, work);
  } catch (error) {
    context.log.warn('work is left to the sweep', { kind: work.kind, id: work.id, error: describeError(error) });
  }
}

async function finish(context: WorkspacesContext, handlers: WorkHandlers, work: Work): Promise<void> {
  if (!(await handlers[work.kind](context, work))) return;
  await context.db.send(new DeleteCommand(workDone(context, work)));
}

/** Does all work that is due. @param deadline when to end, in milliseconds since 1970 */
export async function sweep(context: WorkspacesContext, handlers: WorkHandlers, deadline: number): Promise<void> {
  const { clock, log } = context;
  const rows = items<WorkspaceWorkRow>(context, workScope, '');
  let failed = 0;
  for await (const work of rows) {
    if (clock.now() > deadline) break;
    if (work.at > clock.now()) continue;
    try {
      await finish(context, handlers, work);
    } catch (error) {
      failed += 1;
      log.error('work failed', { kind: work.kind, id: work.id, error: describeError(error) });
    }
  }
  if (failed > 0) throw new AggregateError([], `${failed} works failed`);
}
