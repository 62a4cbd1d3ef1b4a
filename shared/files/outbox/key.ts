import { InvalidInputError } from '../../platform/errors.ts';
import { idSchema } from '../../portal/id.ts';
import { checkFile } from '../../portal/upload.ts';
import { outboxPrefix } from '../object-key.ts';
import { badFolder, badName, type ResultRefusal } from './refuse-result.ts';

/** The project of an object in the outbox, and its file name at DST. */
export interface ResultName {
  projectNo: string;
  fileName: string;
}

/** @returns undefined for a folder created by a console; a refusal if the object cannot be sent under this name */
export function readOutboxKey(key: string): ResultName | ResultRefusal | undefined {
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

/** Accepts only our own way of escaping a project number, so that no two projects can be confused. */
function readFolder(folder: string): string | undefined {
  try {
    const { data: projectNo } = idSchema.safeParse(decodeURIComponent(folder));
    return projectNo !== undefined && outboxPrefix(projectNo) === `outbox/${folder}/` ? projectNo : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
