import type { OperatorContext } from '../../decisions/context.ts';
import { newestEvent } from '../../history/history.ts';
import { projectSubject } from '../../messages/subject.ts';
import { readProject } from '../../projects/project.ts';
import { membersOf } from './members.ts';

/** Whether anything of a project exists or existed: the project, a message about it, or its history. */
export async function isKnown(
  { db, tables }: Pick<OperatorContext, 'db' | 'tables'>,
  projectNo: string,
): Promise<boolean> {
  if (await readProject({ db, tables }, projectNo)) return true;
  for (const kind of ['message#', 'file#', 'user#'] as const) {
    for await (const _member of membersOf({ db, tables }, projectNo, kind)) return true;
  }
  return (await newestEvent(db, tables.history, projectSubject(projectNo))) !== undefined;
}
