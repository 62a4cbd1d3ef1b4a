import type { FileRow } from '../rows.ts';

/** What names the object of a file. */
export type FileId = Pick<FileRow, 'processID' | 'fileID'>;

/** Prefix of the objects of a process. */
export const objectPrefix = (processID: string): string => `processes/${processID}/`;

export const objectKey = ({ processID, fileID }: FileId): string => objectPrefix(processID) + fileID;
