import {
  accessesOfProject,
  accessStates,
  describeAccess,
  stateOfAccess,
} from '../../../shared/operate/lists/accesses.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { userDetail } from '../explain/user.ts';
import { findUser } from '../find/find-user.ts';
import { checkProject, readProjectNo } from '../find/project-option.ts';
import { dateTime, listing, printPage, readLimit, refuseFilters, type Show } from '../listing.ts';

const options = {
  project: { flags: '--project <N>', summary: 'only of this project' },
  state: { flags: '--state <STATE>', choices: accessStates, summary: 'only of this state' },
  ...listing,
} as const;

/** Lists accesses of users to projects, or shows one. */
export const users: Command<typeof options> = {
  name: 'users',
  group: 'Look',
  arguments: ['[accessIdentifier]'],
  options,
  summary: "List users' accesses to projects, with login names; or show one, with its messages and incidents",
  examples: ['users --project 1001 --state disabled', 'users 0b9d1f0e'],
  async run(operation, { project, state, after, limit }, accessIdentifier) {
    if (accessIdentifier !== undefined) {
      refuseFilters('accessIdentifier', { project, state, after, limit });
    }
    const projectNo = project === undefined ? undefined : readProjectNo(project);
    readLimit(limit);
    const opened = await operation.gateway();
    const { db, tables } = opened;
    if (accessIdentifier !== undefined) {
      const user = await findUser(opened, accessIdentifier);
      return printDetail(operation, await userDetail({ gateway: opened, where: operation.where }, user));
    }
    if (projectNo !== undefined) await checkProject(opened, projectNo);
    const all =
      projectNo === undefined
        ? scan<UserRow>(db, tables.users, after === undefined ? undefined : { accessIdentifier: after })
        : accessesOfProject(opened, projectNo, after);
    return printPage(operation, limit, matching(all, state), show, { project, state, after });
  },
};

async function* matching(all: AsyncIterable<UserRow>, state: string | undefined): AsyncGenerator<UserRow> {
  for await (const user of all) if (state === undefined || stateOfAccess(user) === state) yield user;
}

const show: Show<UserRow> = {
  head: ['STATE', 'CREATED', 'PROJECT', 'LOGIN NAME', 'PASSWORD', 'ACCESS'],
  row: (user) => [
    stateOfAccess(user),
    dateTime(user.createdAt),
    user.projectNo,
    user.loginName,
    user.passwordTaken ? 'taken' : 'not taken',
    user.accessIdentifier,
  ],
  describe: describeAccess,
  id: ({ accessIdentifier }) => accessIdentifier,
  one: 'access',
  many: 'accesses',
};
