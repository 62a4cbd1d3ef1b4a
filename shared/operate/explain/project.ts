import type { OperatorContext } from '../../decisions/context.ts';
import { isResult } from '../../files/rows.ts';
import { readLine } from '../../messages/read.ts';
import type { LineEntry } from '../../messages/record.ts';
import { projectSubject } from '../../messages/subject.ts';
import type { IncidentRow } from '../../operations/incidents.ts';
import { type ProjectRow, readProject } from '../../projects/project.ts';
import { readUser } from '../../users/user.ts';
import { filesOfProject } from '../find/file-list.ts';
import { openIncidents } from '../find/incidents.ts';
import { membersOf } from '../find/members.ts';

/** Numbers by state. */
export type CountsByState = Record<string, number>;

/** A project with what belongs to it. */
export interface ExplainedProject {
  /** Undefined while it is not made yet. */
  project: ProjectRow | undefined;
  accesses: CountsByState;
  files: CountsByState;
  results: CountsByState;
  /** Not marked yet, in the order of the portal. */
  messages: readonly LineEntry[];
  /** Open ones of its messages and files. */
  incidents: readonly IncidentRow[];
}

/** Explains a project. @returns nothing when there is neither a project nor a message about it */
export async function explainProject(
  operator: OperatorContext,
  projectNo: string,
): Promise<ExplainedProject | undefined> {
  const [project, messages] = await Promise.all([
    readProject(operator, projectNo),
    readLine(operator, projectSubject(projectNo)),
  ]);
  if (!project && messages.length === 0) return undefined;
  const [accesses, files] = await Promise.all([countAccesses(operator, projectNo), countFiles(operator, projectNo)]);
  const messageIds = new Set(messages.map(({ messageId }) => messageId));
  const incidents = await openIncidents(
    operator,
    ({ messageId, subject }) => messageIds.has(messageId ?? '') || files.failed.has(subject),
  );
  return { project, accesses, files: files.delivered, results: files.results, messages, incidents };
}

const count = (counts: CountsByState, state: string) => {
  counts[state] = (counts[state] ?? 0) + 1;
};

async function countAccesses(operator: OperatorContext, projectNo: string): Promise<CountsByState> {
  const counts: CountsByState = {};
  const prefix = 'user#';
  for await (const { member } of membersOf(operator, projectNo, prefix)) {
    const user = await readUser(operator, member.slice(prefix.length));
    if (user) count(counts, user.enabled ? 'enabled' : 'disabled');
  }
  return counts;
}

async function countFiles(operator: OperatorContext, projectNo: string) {
  const [delivered, results, failed]: [CountsByState, CountsByState, Set<string>] = [{}, {}, new Set()];
  for await (const file of filesOfProject(operator, projectNo)) {
    count(isResult(file) ? results : delivered, file.state);
    if (file.state === 'failed') failed.add(file.fileId);
  }
  return { delivered, results, failed };
}
