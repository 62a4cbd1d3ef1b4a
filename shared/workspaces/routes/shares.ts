import * as z from 'zod';
import type { WorkspacesContext } from '../context.ts';
import { invalidPutType, refuse, refusing, workspaceNotFound } from '../errors.ts';
import { contentsOf, items, readWorkspace, readWorkspaces } from '../find.ts';
import { prefixes, userScope } from '../keys.ts';
import type { ShareRow, WorkspaceRow } from '../rows.ts';
import { acceptShare, findShare, shareWorkspace, withdrawShare } from '../shares.ts';
import { isOperator, isVisibleTo, maySee, readUsers, type User, type WorkspaceViewer } from '../users.ts';
import { shareShape, shareView, userView } from '../views.ts';
import { doWork } from '../work.ts';
import { workHandlers } from '../work-handlers.ts';
import { readJson } from './body.ts';
import {
  account,
  actionParameters,
  idOf,
  idParameters,
  ok,
  okAnswer,
  okAnswerWith,
  okWith,
  readViewer,
  refusalAnswer,
  route,
  type WorkspacesRoute,
} from './context.ts';

const noneFound = 'Shared workspace matching given parameters could not be found.';
const notFound = (id: string | number) => refuse(404, `Shared workspace ${id} not found.`);

const user = { username: 'bo', first_name: 'Bo', last_name: 'Jensen', email: 'bo@centre.example' };
const none = {
  request_workspace_details: { files: [], symlinks: [] },
  current_workspace_details: { files: [], symlinks: [] },
};
const example: z.infer<typeof shareShape> = {
  original_workspace_id: { id: 1, name: 'Heart study', description: '', workspace_details: none, user_id: user },
  shared_workspace_id: { id: 2, name: 'Heart study', description: '', workspace_details: none, user_id: user },
  last_resource_options: {},
  last_job_type: '',
  is_accepted: false,
  datetime_share_created: '2026-01-05T08:00:00.000000Z',
};

const listAnswer = okAnswerWith(
  'Shares sent and received; none is no error',
  z.object({ original_workspaces: z.array(shareShape), shared_workspaces: z.array(shareShape) }),
  { original_workspaces: [example], shared_workspaces: [] },
);

/** Spellings of the documented API. */
const accepted = z
  .string()
  .regex(/^(?:[Tt]rue|t|1|[Ff]alse|f|0)$/, 'must be True or False')
  .meta({ examples: ['False'] })
  .transform((text) => /^[Tt1]/.test(text))
  .optional();

const listShares = route({
  method: 'GET',
  path: '/uws/shared_workspaces',
  summary: 'Lists the shares that the caller has sent and received',
  access: account,
  query: z.object({ is_accepted: accepted }),
  answers: { 200: listAnswer },
  async handler({ caller, query: { is_accepted } }, context) {
    const viewer = await readViewer(context, caller);
    return listed(context, viewer, (share) => is_accepted === undefined || share.accepted === is_accepted);
  },
});

const readOne = route({
  method: 'GET',
  path: '/uws/shared_workspaces/{id}',
  summary: 'Shows a share by the id of the copy',
  access: account,
  parameters: idParameters,
  answers: { 200: listAnswer },
  async handler({ caller, parameters }, context) {
    const copyId = idOf(parameters.id);
    const viewer = await readViewer(context, caller);
    return listed(context, viewer, (share) => share.copyId === copyId);
  },
});

async function listed(context: WorkspacesContext, viewer: WorkspaceViewer, matches: (share: ShareRow) => boolean) {
  const [sent, received] = await Promise.all(
    [prefixes.sent, prefixes.received].map(async (prefix) => {
      const rows = await Array.fromAsync(items<ShareRow>(context, userScope(viewer.userId), prefix));
      return viewsOf(context, viewer, rows.filter(matches));
    }),
  );
  const count = (sent?.length ?? 0) + (received?.length ?? 0);
  return okWith(count > 0 ? 'Successful.' : noneFound, {
    original_workspaces: sent ?? [],
    shared_workspaces: received ?? [],
  });
}

async function viewsOf(context: WorkspacesContext, viewer: WorkspaceViewer, shares: readonly ShareRow[]) {
  const workspaces = await readWorkspaces(
    context,
    shares.flatMap(({ originalId, copyId }) => [originalId, copyId]),
  );
  const users = await readUsers(
    context,
    shares.flatMap(({ senderId, receiverId }) => [senderId, receiverId]),
  );
  const partyOf = async (row: WorkspaceRow) => {
    const owner = users.get(row.userId);
    if (isShown(viewer, row)) return { row, contents: await contentsOf(context, row.workspaceId), owner };
    return { row: { ...row, name: '', description: '' }, contents: { files: [], links: [] }, owner };
  };
  const views = shares.map(async (share) => {
    const [original, copy] = [workspaces.get(share.originalId), workspaces.get(share.copyId)];
    return copy ? [shareView(share, original && (await partyOf(original)), await partyOf(copy))] : [];
  });
  return (await Promise.all(views)).flat();
}

/** Whether somebody sees what a workspace is about, which may have become one of a project after it was shared. */
const isShown = (viewer: WorkspaceViewer, { userId, projectNo }: WorkspaceRow): boolean =>
  userId === viewer.userId || projectNo === undefined || projectNo === viewer.projectNo || isOperator(viewer);

const shareOne = route({
  method: 'POST',
  path: '/uws/shared_workspaces',
  summary: 'Shares a workspace: each receiver gets a copy, when they accept it',
  access: account,
  described: {
    body: z
      .object({ original_workspace_id: z.int(), shared_user_ids: z.array(z.int()) })
      .meta({ examples: [{ original_workspace_id: 1, shared_user_ids: [2] }] }),
  },
  answers: {
    200: okAnswerWith('The shares', z.object({ shared_workspaces: z.array(shareShape) }), {
      shared_workspaces: [example],
    }),
    400: refusalAnswer('A body that breaks a rule', 'Missing required fields.', 'Invalid user id provided.'),
    403: refusalAnswer('An access that is disabled', 'The access to the project is disabled.'),
    404: refusalAnswer('No such workspace', 'Workspace 9999 not found for user.'),
    409: refusalAnswer('A workspace that is not ready', 'Workspace 1 is not ready.'),
  },
  async handler({ caller, sent }, context) {
    const { fields } = readJson(sent);
    const { original_workspace_id: id, shared_user_ids: userIds } = fields;
    if (id === undefined || userIds === undefined) throw refuse(400, 'Missing required fields.');
    const viewer = await readViewer(context, caller);
    const workspaceId = typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : undefined;
    const row =
      workspaceId === undefined ? undefined : await readWorkspace(context, { userId: viewer.userId, workspaceId });
    if (!row || row.shared?.accepted === false)
      throw workspaceNotFound(typeof id === 'number' ? id : JSON.stringify(id));
    if (!Array.isArray(userIds)) throw refuse(400, 'shared_user_ids is not a list.');
    const receivers = await receiversOf(context, viewer, row, userIds);
    const shares: ShareRow[] = [];
    for (const receiver of receivers) {
      shares.push(await refusing(() => shareWorkspace(context, viewer, row.workspaceId, receiver)));
    }
    for (const { receiverId, copyId } of shares) {
      await doWork(context, workHandlers, { kind: 'copy-workspace', userId: receiverId, id: copyId });
    }
    return okWith('Successful.', { shared_workspaces: await viewsOf(context, viewer, shares) });
  },
});

/** Receivers of one request. */
const mostReceivers = 50;

/**
 * @throws Refusal when one does not exist or is not shown to the viewer, is there twice, or may not see what the workspace has of a
 * project
 */
async function receiversOf(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  { projectNo }: WorkspaceRow,
  userIds: readonly unknown[],
): Promise<User[]> {
  const ids = userIds.filter((id): id is number => typeof id === 'number' && Number.isSafeInteger(id) && id > 0);
  if (userIds.length > mostReceivers)
    throw refuse(400, `A workspace may be shared with ${mostReceivers} users at most.`);
  if (ids.length < userIds.length || new Set(ids).size < ids.length) throw refuse(400, 'Invalid user id provided.');
  const users = await readUsers(context, ids);
  const visible = await Promise.all([...users.values()].map((user) => isVisibleTo(context, viewer, user)));
  if (users.size < ids.length || visible.includes(false)) throw refuse(400, 'Invalid user id provided.');
  for (const receiver of users.values()) {
    if (projectNo === undefined || (await maySee(context, receiver, projectNo))) continue;
    const { first_name, last_name } = userView(receiver);
    throw refuse(400, `User ${first_name} ${last_name} does not have permission on the file system.`);
  }
  return [...users.values()];
}

const act = route({
  method: 'PUT',
  path: '/uws/shared_workspaces/{id}/{action}',
  summary: 'Accepts a share (`accept`), as its receiver',
  access: account,
  parameters: actionParameters('accept'),
  answers: {
    200: okAnswer('The copy is a workspace of the caller', 'Successful.'),
    400: refusalAnswer('Another word', 'Invalid PUT type passed.'),
    404: refusalAnswer('No such share', 'Shared workspace 9999 not found.'),
  },
  async handler({ caller, parameters }, context) {
    const copyId = idOf(parameters.id);
    const { userId } = await readViewer(context, caller);
    const share = await findShare(context, copyId);
    if (!share || share.receiverId !== userId) throw notFound(parameters.id);
    if (parameters.action !== 'accept') throw invalidPutType();
    if (!(await acceptShare(context, share))) throw notFound(parameters.id);
    return ok('Successful.');
  },
});

const withdraw = route({
  method: 'DELETE',
  path: '/uws/shared_workspaces/{id}',
  summary: 'Cancels a share as its sender, or declines it as its receiver, before it is accepted',
  access: account,
  parameters: idParameters,
  answers: {
    200: okAnswer('The copy is being deleted', 'Shared workspace 2 queued for deletion.'),
    400: refusalAnswer('An accepted share', 'Shared workspace 2 has been accepted and cannot be deleted.'),
    403: refusalAnswer("Another's share", 'User does not have permissions for shared workspace 2.'),
    404: refusalAnswer('No such share', 'Shared workspace 9999 not found.'),
  },
  async handler({ caller, parameters }, context) {
    const { id } = parameters;
    const copyId = idOf(id);
    const viewer: WorkspaceViewer = await readViewer(context, caller);
    const share = await findShare(context, copyId);
    if (!share) throw notFound(id);
    if (share.receiverId !== viewer.userId && share.senderId !== viewer.userId) {
      throw refuse(403, `User does not have permissions for shared workspace ${id}.`);
    }
    const copy = share.accepted ? undefined : await withdrawShare(context, share);
    if (!copy) throw refuse(400, `Shared workspace ${id} has been accepted and cannot be deleted.`);
    await doWork(context, workHandlers, { kind: 'remove-workspace', userId: copy.userId, id: copyId });
    return ok(`Shared workspace ${id} queued for deletion.`);
  },
});

export const shareRoutes: readonly WorkspacesRoute[] = [listShares, shareOne, readOne, act, withdraw];
