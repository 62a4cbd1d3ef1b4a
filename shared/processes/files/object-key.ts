import type { ProcessFileRow } from '../rows.ts';

/** The ids that name the object of a file. */
export type FileId = Pick<ProcessFileRow, 'processID' | 'fileID'>;

/** Prefix of the objects of a process. */
export const objectPrefix = (processID: string): string => `processes/${processID}/`;

export const objectKey = ({ processID, fileID }: FileId): string => objectPrefix(processID) + fileID;
