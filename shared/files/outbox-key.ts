import { InvalidInputError } from '../platform/errors.ts';
import { checkFile } from '../portal/upload.ts';
import { outboxPrefix } from './file.ts';

/** Whose result an object of the outbox is, and what it is called at DST. */
export interface ResultName {
  projectNo: string;
  fileName: string;
}

/** @returns nothing for what a console leaves as a folder; a problem when the object can't be sent by this name */
export function readOutboxKey(key: string): ResultName | { problem: string } | undefined {
  if (key.endsWith('/')) return undefined;
  const [, escaped = '', fileName = ''] = /^outbox\/([^/]*)\/(.*)$/s.exec(key) ?? [];
  try {
    const projectNo = decodeURIComponent(escaped);
    // Of the ways to escape a project number only ours is its folder: two must not be mistaken for one another.
    if (!key.startsWith(outboxPrefix(projectNo))) return { problem: 'the folder is no escaped project number' };
    checkFile({ fileName, size: 0 });
    return { projectNo, fileName };
  } catch (error) {
    if (error instanceof URIError) return { problem: 'the folder is no escaped project number' };
    if (error instanceof InvalidInputError) return { problem: error.message };
    throw error;
  }
}
