import type { FileRow as DeliveredFile } from '../files/file.ts';
import { readFiles } from '../files/rows.ts';
import { batchPut } from '../platform/dynamodb.ts';
import { foldId } from '../portal/id.ts';
import type { WorkspacesContext } from './context.ts';
import { linkKey } from './keys.ts';
import type { LinkRow } from './rows.ts';
import { isOperator, type WorkspaceViewer } from './users.ts';

/** A link as it was sent: with `path` or `source_path`, or with `dataset_uuid`. */
export interface SentLink {
  name: string;
  sent: Record<string, string>;
}

/** The delivered file that a sent link names. */
interface Target {
  fileId: string;
  projectNo?: string | undefined;
}

/** `projects/{projectNo}/{fileId}`, and the form that keys of objects have. */
const pathPattern = /^\/?projects\/([^/]+)\/(?:files\/)?([^/]+)$/;

/** @returns undefined for a path that names no file of a project */
function targetOf({ sent }: Pick<SentLink, 'sent'>): Target | undefined {
  const { dataset_uuid: uuid } = sent;
  if (uuid !== undefined) return { fileId: uuid };
  const [, projectNo, fileId] = pathPattern.exec(pathOf(sent)) ?? [];
  return projectNo === undefined || fileId === undefined ? undefined : { projectNo, fileId };
}

/** The path of a sent link, for texts. */
const pathOf = (sent: Record<string, string>): string => sent.source_path ?? sent.path ?? sent.dataset_uuid ?? '';

/** A sent link and the file that it names. */
export interface ResolvedLink extends SentLink {
  file: Pick<DeliveredFile, 'fileId' | 'createdAt' | 'projectNo'>;
}

/**
 * Finds the files that links name, with the rights of the viewer. A workspace has files of one project: that of the workspace,
 * of the viewer's access, or of the first link.
 *
 * @returns the links, or the path of the first one that names no file that the viewer may see
 */
export async function resolveLinks(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  links: readonly SentLink[],
  bound: string | undefined,
): Promise<{ links: ResolvedLink[]; projectNo: string | undefined } | { notFound: string }> {
  const targets = links.map((link) => ({ link, target: targetOf(link) }));
  const files = await readNamedFiles(
    context,
    targets.flatMap(({ target }) => target?.fileId ?? []),
  );
  let projectNo = bound;
  const resolved: ResolvedLink[] = [];
  for (const { link, target } of targets) {
    const file = target && files.get(foldId(target.fileId));
    const isVisible =
      file?.state === 'stored' &&
      (target?.projectNo === undefined || target.projectNo === file.projectNo) &&
      (isOperator(viewer) || viewer.projectNo === file.projectNo) &&
      (projectNo === undefined || projectNo === file.projectNo);
    if (!isVisible) return { notFound: pathOf(link.sent) };
    projectNo = file.projectNo;
    resolved.push({ ...link, file });
  }
  return { links: resolved, projectNo };
}

/** Reads the delivered files with these ids, by `foldId` of the ids. A text that is no id names none. */
export const readNamedFiles = (
  context: Parameters<typeof readFiles>[0],
  ids: readonly string[],
): Promise<Map<string, DeliveredFile>> => readFiles(context, ids.filter(isId).map(foldId));

/** A key of DynamoDB has 1 to 2,048 bytes. */
const isId = (text: string) => text !== '' && Buffer.byteLength(text) <= 2_048;

/** Puts links into a workspace, in place of links of the same names. @param first place of the first among those at creation */
export async function putLinks(
  { db, clock, tables }: WorkspacesContext,
  workspaceId: number,
  links: readonly ResolvedLink[],
  first?: number,
): Promise<void> {
  const rows = links.map(
    ({ name, sent, file }, index): LinkRow => ({
      ...linkKey(workspaceId, name),
      name,
      sent,
      fileId: file.fileId,
      fileCreatedAt: file.createdAt,
      projectNo: file.projectNo,
      ...(first !== undefined && { requested: first + index }),
    }),
  );
  await batchPut(
    db,
    clock,
    tables.workspaces,
    rows.map((row) => ({ ...row })),
  );
}
