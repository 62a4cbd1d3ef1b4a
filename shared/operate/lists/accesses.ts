import type { OperatorContext } from '../../decisions/context.ts';
import { readUser, type UserRow } from '../../users/user.ts';
import { membersOf } from '../find/members.ts';

export const accessStates = ['enabled', 'disabled'] as const;

export const stateOfAccess = ({ enabled }: Pick<UserRow, 'enabled'>): (typeof accessStates)[number] =>
  enabled ? 'enabled' : 'disabled';

/**
 * The accesses to a project, by their ids.
 *
 * @param after id behind which to begin
 */
export async function* accessesOfProject(
  { db, tables }: Pick<OperatorContext, 'db' | 'tables'>,
  projectNo: string,
  after?: string,
): AsyncGenerator<UserRow> {
  const prefix = 'user#';
  const from = after === undefined ? undefined : `${prefix}${after}`;
  for await (const { member } of membersOf({ db, tables }, projectNo, prefix, from)) {
    const user = await readUser({ db, tables }, member.slice(prefix.length));
    if (user) yield user;
  }
}

/** An access for programs, without the password's hash. */
export const describeAccess = ({
  accessIdentifier,
  projectNo,
  loginName,
  enabled,
  passwordTaken,
  createdAt,
}: UserRow) => ({ accessIdentifier, projectNo, loginName, enabled, passwordTaken, createdAt });
