import { scan } from '../../../shared/platform/dynamodb.ts';
import { foldId } from '../../../shared/portal/id.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { projectDetail } from '../explain/project.ts';
import { dateTime, listing, printPage, readLimit, refuseFilters, type Show } from '../listing.ts';

const states = ['active', 'deleting'] as const;

const options = {
  state: { flags: '--state <STATE>', choices: states, summary: 'only of this state' },
  ...listing,
} as const;

/** Lists projects, or shows one. */
export const projects: Command<typeof options> = {
  name: 'projects',
  group: 'Look',
  arguments: ['[projectNo]'],
  options,
  summary: 'List projects; or show one: its accesses, files, messages that are not marked yet, and incidents',
  examples: ['projects --state deleting', 'projects 1001'],
  async run(operation, { state, after, limit }, projectNo) {
    if (projectNo !== undefined) refuseFilters('projectNo', { state, after, limit });
    readLimit(limit);
    const opened = await operation.gateway();
    if (projectNo !== undefined) {
      return printDetail(
        operation,
        await projectDetail({ gateway: opened, where: operation.where }, foldId(projectNo)),
      );
    }
    const { db, tables } = opened;
    const all = scan<ProjectRow>(db, tables.projects, after === undefined ? undefined : { projectNo: after });
    return printPage(operation, limit, matching(all, state), show, { state, after });
  },
};

async function* matching(all: AsyncIterable<ProjectRow>, state: string | undefined): AsyncGenerator<ProjectRow> {
  for await (const project of all) if (state === undefined || project.state === state) yield project;
}

const show: Show<ProjectRow> = {
  head: ['STATE', 'CREATED', 'PROJECT'],
  row: ({ state, createdAt, projectNo }) => [state, dateTime(createdAt), projectNo],
  describe: ({ version: _, ...row }) => row,
  id: ({ projectNo }) => projectNo,
  one: 'project',
  many: 'projects',
};
