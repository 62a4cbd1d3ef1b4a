import { isResult } from '../../../shared/files/rows.ts';
import { projectSubject } from '../../../shared/messages/subject.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { readProject } from '../../../shared/projects/project.ts';
import { readUser } from '../../../shared/users/user.ts';
import { printable } from '../../terminal/render.ts';
import { commandLine } from '../command-line.ts';
import { filesOfProject } from '../find/file-list.ts';
import { unmarkedEntries } from '../find/find-message.ts';
import { membersOf } from '../find/members.ts';
import { dateTime } from '../listing.ts';
import type { ExplainContext } from './choices.ts';
import type { Detail } from './detail.ts';
import { incidentLines, openIncidents } from './incidents-of.ts';
import { entryLine } from './line.ts';

/**
 * Details of a project: the numbers of its accesses and files, its messages that are not marked yet, and its open incidents.
 *
 * @throws PermanentError if the project is unknown
 */
export async function projectDetail(context: ExplainContext, projectNo: string): Promise<Detail> {
  const { gateway, where } = context;
  const { db, tables } = gateway;
  const project = await readProject({ db, tables }, projectNo);
  const entries = await entriesOf(context, projectNo);
  if (!project && entries.length === 0) {
    const history = commandLine(where, ['history'], projectSubject(projectNo));
    throw new PermanentError(`There is no project ${printable(projectNo)}. Whether there was one: ${history}`);
  }
  const [accesses, files] = [await countAccesses(context, projectNo), await countFiles(context, projectNo)];
  const messageIds = new Set(entries.map(({ messageId }) => messageId));
  const incidents = await openIncidents(
    context,
    ({ messageId, subject }) => messageIds.has(messageId ?? '') || files.ids.has(subject),
  );
  return {
    title: `Project ${projectNo}`,
    facts: [
      ['state', project?.state ?? 'not made'],
      ['created', dateTime(project?.createdAt)],
      ['accesses', textOf(accesses)],
      ['files', textOf(files.delivered)],
      ['results', textOf(files.results)],
      ['messages', `${entries.length} not marked`],
    ],
    sections: [
      ['Messages not marked', entries.map(entryLine)],
      ['Incidents', incidentLines(context, incidents)],
      [
        'More',
        [
          ...['users', 'files', 'messages'].map((command) => commandLine(where, [command, '--project', projectNo])),
          commandLine(where, ['history'], projectSubject(projectNo)),
        ],
      ],
    ],
    json: {
      ...{ projectNo, state: project?.state, createdAt: project?.createdAt },
      ...{ accesses, files: files.delivered, results: files.results, messages: entries, incidents },
    },
  };
}

async function entriesOf({ gateway }: ExplainContext, projectNo: string) {
  const entries = await Array.fromAsync(unmarkedEntries(gateway));
  return entries
    .filter(({ line }) => line === projectSubject(projectNo))
    .toSorted((a, b) => (a.position < b.position ? -1 : 1));
}

type Counts = Record<string, number>;

const count = (counts: Counts, state: string) => {
  counts[state] = (counts[state] ?? 0) + 1;
};

const textOf = (counts: Counts) =>
  Object.entries(counts)
    .map(([state, number]) => `${number} ${state}`)
    .join(', ') || 'none';

async function countAccesses({ gateway }: ExplainContext, projectNo: string): Promise<Counts> {
  const counts: Counts = {};
  const prefix = 'user#';
  for await (const { member } of membersOf(gateway, projectNo, prefix)) {
    const user = await readUser(gateway, member.slice(prefix.length));
    if (user) count(counts, user.enabled ? 'enabled' : 'disabled');
  }
  return counts;
}

async function countFiles({ gateway }: ExplainContext, projectNo: string) {
  const [delivered, results, ids]: [Counts, Counts, Set<string>] = [{}, {}, new Set()];
  for await (const file of filesOfProject(gateway, projectNo)) {
    count(isResult(file) ? results : delivered, file.state);
    if (file.state === 'failed') ids.add(file.fileId);
  }
  return { delivered, results, ids };
}
