import { scan } from '../../../shared/platform/dynamodb.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import type { Command } from '../command.ts';
import { printDetail } from '../explain/detail.ts';
import { projectDetail } from '../explain/project.ts';
import { dateTime, listing, printPage, readLimit, readWord, refuseFilters, type Show } from '../listing.ts';

const states = ['active', 'deleting'] as const;

const options = {
  state: { type: 'string', value: 'STATE', summary: `only those that are ${states.join(', ')}` },
  ...listing,
} as const;

/** Lists the projects that there are. */
export const projects: Command<typeof options> = {
  arguments: ['projectNo?'],
  options,
  summary:
    'lists projects; of one it tells its accesses, files and messages that are not marked yet, and its incidents',
  examples: ['projects --state deleting', 'projects 1001'],
  async run({ gateway, screen, where }, { state, after, ...values }, projectNo) {
    if (projectNo !== undefined) refuseFilters('projectNo', { state, after, limit: values.limit });
    const wanted = readWord('state', state, states);
    readLimit(values.limit);
    const opened = await gateway();
    if (projectNo !== undefined) {
      return printDetail(screen, values, await projectDetail({ gateway: opened, where }, projectNo));
    }
    const { db, tables } = opened;
    const all = scan<ProjectRow>(db, tables.projects, after === undefined ? undefined : { projectNo: after });
    return printPage(screen, values, matching(all, wanted), show, { state, after });
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
