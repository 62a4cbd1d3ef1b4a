import { scan } from '../../shared/platform/dynamodb.ts';
import type { ProjectRow } from '../../shared/projects/project.ts';
import type { Command } from './command.ts';
import { dateTime, listing, printPage, readLimit, readWord, type Show } from './listing.ts';

const states = ['active', 'deleting'] as const;

const options = {
  state: { type: 'string', value: 'STATE', summary: `only those that are ${states.join(', ')}` },
  ...listing,
} as const;

/** Lists the projects that there are. */
export const projects: Command<typeof options> = {
  arguments: [],
  options,
  summary: 'lists projects',
  examples: ['projects', 'projects --state deleting'],
  async run({ gateway, screen }, { state, after, ...values }) {
    const wanted = readWord('state', state, states);
    readLimit(values.limit);
    const { db, tables } = await gateway();
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
