import type { FileRow } from '../files/file.ts';
import { readFiles } from '../files/rows.ts';
import { query } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import { readProject } from '../projects/project.ts';
import type { WorkspacesContext } from './context.ts';
import { isOperator, type WorkspaceViewer } from './users.ts';

/** Rows of files that are read at once. */
const rowsAtOnce = 100;

const prefix = 'file#';

/** Behind all that begins with the prefix. */
const end = 'file$';

/**
 * The project whose files a viewer is shown: the one that was asked for, or that of the own access.
 *
 * @returns undefined when there is none, DST deletes it, or the viewer may not see it
 */
export async function shownProject(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  asked = viewer.projectNo,
): Promise<string | undefined> {
  if (asked === undefined || (asked !== viewer.projectNo && !isOperator(viewer))) return undefined;
  return (await readProject(context, asked))?.state === 'active' ? asked : undefined;
}

/**
 * The files that DST has delivered to a project, in the order of their ids.
 *
 * @param after the id behind which to begin
 * @param limit how many are wanted: not many more are read
 */
export async function* deliveredFiles(
  context: WorkspacesContext,
  projectNo: string,
  { after = '', limit }: { after?: string | undefined; limit: number },
): AsyncGenerator<FileRow> {
  const { db, tables } = context;
  const atOnce = Math.min(limit + 1, rowsAtOnce);
  const members = query<{ member: string }>(db, {
    TableName: tables.members,
    KeyConditionExpression: 'projectNo = :projectNo AND #member BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#member': 'member' },
    ExpressionAttributeValues: {
      ':projectNo': projectNo,
      ':first': `${prefix}${after}`,
      ':last': end,
    },
    Limit: atOnce + 1,
  });
  for await (const page of gatherPages(members, atOnce)) {
    const ids = page.map(({ member }) => member.slice(prefix.length)).filter((id) => id !== after);
    const rows = await readFiles(context, ids);
    for (const id of ids) {
      const row = rows.get(id);
      // The project of a file that was deleted meanwhile may be another one by now.
      if (row?.projectNo === projectNo) yield row;
    }
  }
}
