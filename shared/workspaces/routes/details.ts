import type { WorkspacesContext } from '../context.ts';
import { refuse } from '../errors.ts';
import type { SentLink } from '../links.ts';
import { nameProblem } from '../names.ts';
import { isObject, type JsonBody, textOf } from './body.ts';

/** Characters of texts. */
const longestName = 64;
const longestDescription = 10_000;

/** Files and links of one request. */
const mostEntries = 1_000;

export const nameIn = (fields: JsonBody['fields']): string => textOf(fields, 'name', longestName);
export const descriptionIn = (fields: JsonBody['fields']): string => textOf(fields, 'description', longestDescription);

/**
 * The default job type of a body. An empty one is allowed.
 *
 * @throws Refusal when there is no such job type
 */
export function defaultJobTypeIn({ configuration }: WorkspacesContext, fields: JsonBody['fields']): string | undefined {
  const { default_job_type: jobType } = fields;
  if (jobType === undefined || jobType === null) return undefined;
  if (jobType !== '') checkJobType({ configuration }, jobType);
  return String(jobType);
}

/** @throws Refusal when the configuration has no such job type */
export function checkJobType(
  { configuration }: Pick<WorkspacesContext, 'configuration'>,
  jobType: unknown,
): asserts jobType is string {
  if (typeof jobType === 'string' && Object.hasOwn(configuration.available_job_types, jobType)) return;
  const shown = typeof jobType === 'string' ? jobType : JSON.stringify(jobType);
  throw refuse(400, `${shown} is not in the list of available job types.`);
}

/** Links and files of a body's `workspace_details`. */
export interface SentDetails {
  links: SentLink[];
  files: { name: string; bytes: Buffer }[];
}

/** @throws Refusal with the first rule that the details break, links before files as the documented API checks them */
export function detailsIn(fields: JsonBody['fields']): SentDetails {
  const { workspace_details: details = {} } = fields;
  if (!isObject(details)) throw refuse(400, 'Workspace details not JSON.');
  const links = list(details, 'symlinks').map(linkOf);
  const files = list(details, 'files').map(fileOf);
  if (links.length + files.length > mostEntries) {
    throw refuse(400, `A request may have ${mostEntries} files and symlinks at most.`);
  }
  return { links: lastOfEach(links), files: lastOfEach(files) };
}

function list(details: Record<string, unknown>, index: 'symlinks' | 'files'): unknown[] {
  const value = details[index] ?? [];
  if (!Array.isArray(value)) throw refuse(400, `'${index}' index must contain a list.`);
  return value;
}

function linkOf(entry: unknown): SentLink {
  const fields = isObject(entry) ? entry : {};
  const { name } = fields;
  if (typeof name !== 'string') throw refuse(400, 'Symlink name must be a string.');
  checkName('Symlink', name);
  const sent: Record<string, string> = { name };
  for (const field of ['source_path', 'path', 'dataset_uuid']) {
    const value = fields[field];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value.length > 2_048) throw refuse(400, `Symlink ${field} must be a string.`);
    sent[field] = value;
  }
  if (Object.keys(sent).length === 1) throw refuse(400, 'Symlink needs a source_path, path or dataset_uuid.');
  return { name, sent };
}

function fileOf(entry: unknown): SentDetails['files'][number] {
  const { name, content = '' } = isObject(entry) ? entry : {};
  if (typeof name !== 'string') throw refuse(400, 'File name must be a string.');
  checkName('File', name);
  if (typeof content !== 'string') throw refuse(400, 'File content must be a string.');
  return { name, bytes: Buffer.from(content) };
}

function checkName(kind: 'File' | 'Symlink', name: string): void {
  const problem = nameProblem(kind, name);
  if (problem !== undefined) throw refuse(400, problem);
}

/** The last of entries with one name counts. */
const lastOfEach = <Entry extends { name: string }>(entries: readonly Entry[]): Entry[] => [
  ...new Map(entries.map((entry) => [entry.name, entry])).values(),
];
