import { projectSubject } from '../../../shared/messages/subject.ts';
import { type CountsByState, explainProject } from '../../../shared/operate/explain/project.ts';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { printable } from '../../terminal/render.ts';
import { commandLine } from '../command-line.ts';
import { dateTime } from '../listing.ts';
import type { ExplainContext } from './choice-lines.ts';
import type { Detail } from './detail.ts';
import { incidentLines } from './incidents-of.ts';
import { entryLine } from './line.ts';

/**
 * Details of a project: the numbers of its accesses and files, its messages that are not marked yet, and its open incidents.
 *
 * @throws PermanentError if the project is unknown
 */
export async function projectDetail(context: ExplainContext, projectNo: string): Promise<Detail> {
  const { gateway, where } = context;
  const explained = await explainProject(gateway, projectNo);
  if (!explained) {
    const history = commandLine(where, ['history'], projectSubject(projectNo));
    throw new PermanentError(`There is no project ${printable(projectNo)}. Whether there was one: ${history}`);
  }
  const { project, accesses, files, results, messages, incidents } = explained;
  return {
    title: `Project ${projectNo}`,
    facts: [
      ['state', project?.state ?? 'not made'],
      ['created', dateTime(project?.createdAt)],
      ['accesses', textOf(accesses)],
      ['files', textOf(files)],
      ['results', textOf(results)],
      ['messages', `${messages.length} not marked`],
    ],
    sections: [
      ['Messages not marked', messages.map(entryLine)],
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
      ...{ accesses, files, results, messages, incidents },
    },
  };
}

const textOf = (counts: CountsByState) =>
  Object.entries(counts)
    .map(([state, number]) => `${number} ${state}`)
    .join(', ') || 'none';
