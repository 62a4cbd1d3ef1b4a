import { newestEvent } from '../../../shared/history/history.ts';
import { projectSubject } from '../../../shared/messages/subject.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { foldId, idSchema } from '../../../shared/portal/id.ts';
import { type ProjectRow, readProject } from '../../../shared/projects/project.ts';
import { printable } from '../../terminal/render.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { membersOf } from './members.ts';

/** The value of `--project`. @throws InvalidInputError when it can't be a project number */
export function readProjectNo(text: string): string {
  const { data, error } = idSchema.safeParse(text);
  if (data === undefined) throw new InvalidInputError(`--project: ${error?.issues[0]?.message}`);
  return foldId(data);
}

const maxShown = 20;

/** @throws InvalidInputError naming the projects that there are, when there never was one of this number */
export async function checkProject(gateway: OperatedGateway, projectNo: string): Promise<void> {
  if (await isKnown(gateway, projectNo)) return;
  const known: string[] = [];
  for await (const project of scan<ProjectRow>(gateway.db, gateway.tables.projects)) {
    known.push(printable(project.projectNo));
    if (known.length > maxShown) break;
  }
  const shown = known.length === 0 ? 'there is none yet' : `there are ${known.slice(0, maxShown).join(', ')}`;
  const more = known.length > maxShown ? ' and more' : '';
  throw new InvalidInputError(`--project: there never was a project ${printable(projectNo)} here; ${shown}${more}`);
}

/** Whether anything of a project exists or existed: the project, a message about it, or its history. */
export async function isKnown(gateway: OperatedGateway, projectNo: string): Promise<boolean> {
  const { db, tables } = gateway;
  if (await readProject({ db, tables }, projectNo)) return true;
  for (const kind of ['message#', 'file#', 'user#'] as const) {
    for await (const _member of membersOf(gateway, projectNo, kind)) return true;
  }
  return (await newestEvent(db, tables.history, projectSubject(projectNo))) !== undefined;
}
