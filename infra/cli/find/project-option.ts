import { isKnown } from '../../../shared/operate/find/known-project.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { foldId, idSchema } from '../../../shared/portal/id.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import { printable } from '../../terminal/render.ts';
import type { OperatedGateway } from '../target/gateway.ts';

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
