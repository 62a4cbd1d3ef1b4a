import { randomBytes } from 'node:crypto';

/** Id of a project, a process or a file: 32 random bytes. @returns 43 characters of base64url */
export const newId = (): string => randomBytes(32).toString('base64url');

const dstPrefix = 'dst-';

/** Id of the project of processes that belongs to a project of DST. */
export const dstProjectId = (projectNo: string): string => dstPrefix + Buffer.from(projectNo).toString('base64url');

/** The project of DST that an id names, undefined for the id of another project. */
export function projectNoIn(projectID: string): string | undefined {
  if (!projectID.startsWith(dstPrefix)) return undefined;
  const projectNo = Buffer.from(projectID.slice(dstPrefix.length), 'base64url').toString();
  return dstProjectId(projectNo) === projectID ? projectNo : undefined;
}

/** Whether a text may be the id of a project, a process or a file. The others are in no key. */
export const isId = (text: string): boolean => /^[\w-]{1,400}$/.test(text);
