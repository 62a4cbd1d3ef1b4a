import { readAccount } from '../../accounts/account.ts';
import { accountIdOf } from '../../accounts/membership.ts';
import { type ProjectRow, readProject } from '../../projects/project.ts';
import { projectNoOf } from '../../users/enabled-project.ts';
import type { ProcessContext } from '../context.ts';
import type { ProcessProjectRow } from '../rows.ts';
import type { Check, Order } from './service.ts';

/**
 * The project of DST that an order works on: the one that it belongs to, or the one that its client has access to now.
 *
 * @returns undefined when there is none, or DST deletes it
 */
export async function dstProjectOf(
  context: ProcessContext,
  { project: { owner } }: Pick<Order, 'project'>,
): Promise<ProjectRow | undefined> {
  const projectNo = await projectNoFor(context, owner);
  const project = projectNo === undefined ? undefined : await readProject(context, projectNo);
  return project?.state === 'active' ? project : undefined;
}

/** The number of the project of DST that an order works on; undefined as with `dstProjectOf`. */
export const dstProjectNoOf = async (
  context: ProcessContext,
  order: Pick<Order, 'project'>,
): Promise<string | undefined> => (await dstProjectOf(context, order))?.projectNo;

/** Whether a project is still there, and not a later one of its number. */
export async function isStillActive(
  context: ProcessContext,
  { projectNo, createdAt }: Pick<ProjectRow, 'projectNo' | 'createdAt'>,
): Promise<boolean> {
  const now = await readProject(context, projectNo);
  return now?.state === 'active' && now.createdAt === createdAt;
}

async function projectNoFor(context: ProcessContext, owner: ProcessProjectRow['owner']): Promise<string | undefined> {
  if (owner.kind === 'dst') return owner.projectNo;
  if (owner.kind === 'session') return undefined;
  const account = await readAccount(context.db, context.tables.accounts, owner.account);
  return account && accountIdOf(account) === owner.id ? projectNoOf(context, account) : undefined;
}

/** Check that the order has a project of DST to work on. */
export const hasDstProject: Check<ProcessContext> = {
  name: 'Project of DST',
  async run(context, order) {
    const projectNo = await dstProjectNoOf(context, order);
    return projectNo === undefined
      ? { passed: false, message: 'The client has no enabled access to a project of DST' }
      : { passed: true, message: `Project ${projectNo}` };
  },
};
