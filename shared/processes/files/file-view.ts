import * as z from 'zod';
import type { ProcessFileRow } from '../rows.ts';

const texts = z.array(z.string());

/** A file of a process in answers. */
export const fileView = z.object({
  id: z.string(),
  path: z.string().describe('The process and the file'),
  fileName: z.string(),
  tags: texts,
  licenses: texts,
  certificates: texts,
  date: z.iso.datetime(),
  URI: z.string(),
  createdBy: z.string(),
  origin: z.string(),
  size: z.int().nonnegative().describe('Bytes'),
});

export function viewFile(file: ProcessFileRow): z.input<typeof fileView> {
  const { fileID, processID, fileName, tags, licenses, certificates, createdBy, origin = '', size, at } = file;
  const path = `${processID}/${fileID}`;
  return {
    id: fileID,
    path,
    fileName,
    tags,
    licenses,
    certificates,
    date: new Date(at).toISOString(),
    URI: '',
    createdBy,
    origin,
    size,
  };
}

/** Files of a process, by their ids. */
export const viewFiles = (files: readonly ProcessFileRow[]): Record<string, z.input<typeof fileView>> =>
  Object.fromEntries(files.map((file) => [file.fileID, viewFile(file)]));
