import { basename } from 'node:path/posix';
import * as z from 'zod';
import { isForm, parseForm } from '../../api/form-body.ts';
import type { SentBody } from '../../api/json-body.ts';
import type { WorkspacesContext } from '../context.ts';
import { refuse } from '../errors.ts';
import { putFiles } from '../files.ts';
import { nameProblem } from '../names.ts';
import type { WorkspaceRow } from '../rows.ts';
import { ok } from './context.ts';

/** Fields of any name. */
export const uploadForm = z.record(z.string(), z.string());

interface UploadRequest {
  headers: Readonly<Record<string, string | undefined>>;
  sent: SentBody;
}

/** Stores the files of a form by their base names. */
export async function upload(context: WorkspacesContext, row: WorkspaceRow, { headers, sent }: UploadRequest) {
  const type = headers['content-type'] ?? '';
  const { files } = isForm(type) ? await parseForm(uploadForm, sent, type) : { files: [] };
  const named = files.map(({ fileName, bytes }) => ({ name: baseName(fileName), bytes }));
  if (named.length === 0) throw refuse(400, 'No files found in request.');
  await putFiles(context, row, named);
  return ok('Successful upload.');
}

/** The last part of a name; clients on Windows may send backslashes. */
function baseName(fileName: string): string {
  const name = basename(fileName.replaceAll('\\', '/'));
  const problem = nameProblem('File', name);
  if (problem !== undefined) throw refuse(400, problem);
  return name;
}
