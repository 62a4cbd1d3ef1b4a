import { InvalidInputError } from '../../platform/errors.ts';
import { idSchema } from '../../portal/id.ts';
import { checkFile } from '../../portal/upload.ts';
import { outboxPrefix } from '../file.ts';
import { badFolder, badName, type Refusal } from './refuse.ts';

/** Whose result an object of the outbox is, and what it is called at DST. */
export interface ResultName {
  projectNo: string;
  fileName: string;
}

/** @returns nothing for what a console leaves as a folder; a refusal when the object can't be sent by this name */
export function readOutboxKey(key: string): ResultName | Refusal | undefined {
  if (key.endsWith('/')) return undefined;
  const [, folder = '', fileName = ''] = /^outbox\/([^/]*)\/(.*)$/s.exec(key) ?? [];
  const projectNo = readFolder(folder);
  if (projectNo === undefined) return badFolder;
  try {
    checkFile({ fileName, size: 0 });
  } catch (error) {
    if (error instanceof InvalidInputError) return badName(projectNo, error.message);
    throw error;
  }
  return { projectNo, fileName };
}

/** Of the ways to escape a project number only ours is its folder: two projects must not be mistaken for one another. */
function readFolder(folder: string): string | undefined {
  try {
    const { data: projectNo } = idSchema.safeParse(decodeURIComponent(folder));
    return projectNo !== undefined && outboxPrefix(projectNo) === `outbox/${folder}/` ? projectNo : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
