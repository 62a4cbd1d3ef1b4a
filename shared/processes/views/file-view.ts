import * as z from 'zod';
import type { FileRow, MessageRow } from '../rows.ts';
import { isoTime } from './times.ts';

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

function viewFile(file: FileRow): z.input<typeof fileView> {
  const { fileID, processID, fileName, tags, licenses, certificates, createdBy, origin = '', size, at } = file;
  const path = `${processID}/${fileID}`;
  return {
    id: fileID,
    path,
    fileName,
    tags,
    licenses,
    certificates,
    date: isoTime(at),
    URI: '',
    createdBy,
    origin,
    size,
  };
}

/** Files of a process, by their ids. */
export const viewFiles = (files: readonly FileRow[]): Record<string, z.input<typeof fileView>> =>
  Object.fromEntries(files.map((file) => [file.fileID, viewFile(file)]));

/** A line of a chat in answers. */
export const messageView = z.object({
  date: z.iso.datetime(),
  userID: z.string(),
  userName: z.string(),
  text: z.string(),
  origin: z.string().optional(),
});

export const viewMessage = ({ at, userID, userName, text, origin }: MessageRow): z.input<typeof messageView> => ({
  date: isoTime(at),
  userID,
  userName,
  text,
  ...(origin !== undefined && { origin }),
});
