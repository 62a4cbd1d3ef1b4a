import * as z from 'zod';
import { transact, tryAgain, untilCommitted } from '../../platform/transaction.ts';
import { changeWorkspace } from '../change-workspace.ts';
import type { WorkspacesContext } from '../context.ts';
import { createWorkspace } from '../create-workspace.ts';
import { refuse, refusing, workspaceNotFound } from '../errors.ts';
import { contentsOf, items, readWorkspace } from '../find.ts';
import { prefixes, userScope, workspaceKey } from '../keys.ts';
import { resolveLinks, type SentLink } from '../links.ts';
import { deletionWrites } from '../remove-workspace.ts';
import type { WorkspaceRow } from '../rows.ts';
import type { WorkspaceViewer } from '../users.ts';
import { newWorkspaceView, statusOf, type WorkspaceView, workspaceShape, workspaceView } from '../views.ts';
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
import { defaultJobTypeIn, descriptionIn, detailsIn, nameIn } from './details.ts';
import { next, pageOf, paging, rowsFor } from './paging.ts';
import { start, startBody } from './start.ts';
import { upload, uploadForm } from './upload.ts';

const example: WorkspaceView = {
  id: 1,
  name: 'Heart study',
  description: 'Cohort of 2024',
  disk_space: 12,
  datetime_created: '2026-01-05T08:00:00.000Z',
  datetime_last_modified: null,
  datetime_last_job_launch: null,
  workspace_details: {
    request_workspace_details: {
      files: [{ name: 'analysis.ipynb' }],
      symlinks: [{ name: 'data.csv', source_path: 'projects/1001/5f0e' }],
    },
    current_workspace_details: { files: [{ name: '/analysis.ipynb' }], symlinks: [{ name: '/data.csv' }] },
  },
  status: 'idle',
  default_job_type: 'jupyter_lab',
};

const listShape = z.object({ workspaces: z.array(workspaceShape), next });
const listAnswer = okAnswerWith('The workspaces; none is no error', listShape, { workspaces: [example] });
const noneFound = 'Workspace matching given parameters could not be found.';

const entry = z.object({ name: z.string() });
const detailsBody = z.object({
  symlinks: z
    .array(
      entry.extend({
        source_path: z.string().optional(),
        path: z.string().optional(),
        dataset_uuid: z.string().optional(),
      }),
    )
    .optional(),
  files: z.array(entry.extend({ content: z.string().optional() })).optional(),
});
const changeBody = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  default_job_type: z.string().optional(),
  workspace_details: detailsBody.optional(),
});
const newBody = changeBody.required({ name: true, description: true }).meta({
  examples: [
    {
      name: 'Heart study',
      description: 'Cohort of 2024',
      workspace_details: { files: [{ name: 'run.sh', content: 'ls' }] },
    },
  ],
});

const listWorkspaces = route({
  method: 'GET',
  path: '/uws/workspaces',
  summary: "Lists the caller's workspaces, the newest first",
  access: account,
  query: z.object({
    name: z
      .string()
      .optional()
      .meta({ examples: ['Heart study'] }),
    description: z
      .string()
      .optional()
      .meta({ examples: ['Cohort of 2024'] }),
    status: z
      .string()
      .optional()
      .meta({ examples: ['idle'] }),
    ...paging,
  }),
  answers: { 200: listAnswer },
  async handler({ caller, query }, context) {
    const { userId } = await readViewer(context, caller);
    const { name, description, status, limit, before } = query;
    const matches = (row: WorkspaceRow) =>
      isVisible(row) &&
      (name === undefined || row.name === name) &&
      (description === undefined || row.description === description) &&
      // Clients of the documented API know no workspace that is being made.
      (status === undefined ? row.state !== 'initializing' : statusOf(row) === status);
    const rows = items<WorkspaceRow>(context, userScope(userId), prefixes.workspace, {
      newestFirst: true,
      pageSize: rowsFor(limit),
      ...(before !== undefined && { before: workspaceKey({ userId, workspaceId: before - 1 }).item }),
    });
    const { page, next: more } = await pageOf(rows, limit, matches, ({ workspaceId }) => workspaceId);
    const workspaces = await viewsOf(context, page);
    return okWith(workspaces.length > 0 ? 'Successful.' : noneFound, {
      workspaces,
      ...(more !== undefined && { next: more }),
    });
  },
});

const readOne = route({
  method: 'GET',
  path: '/uws/workspaces/{id}',
  summary: "Shows one of the caller's workspaces; another's is none",
  access: account,
  parameters: idParameters,
  answers: { 200: listAnswer },
  async handler({ caller, parameters }, context) {
    const workspaceId = idOf(parameters.id);
    const { userId } = await readViewer(context, caller);
    const row = await readWorkspace(context, { userId, workspaceId });
    const workspaces = await viewsOf(context, row && isVisible(row) ? [row] : []);
    return okWith(workspaces.length > 0 ? 'Successful.' : noneFound, { workspaces });
  },
});

const createOne = route({
  method: 'POST',
  path: '/uws/workspaces',
  summary: 'Creates a workspace with files, and with links to delivered files',
  access: account,
  described: { body: newBody },
  answers: {
    200: okAnswerWith('The workspace', z.object({ workspace: workspaceShape }), { workspace: example }),
    400: refusalAnswer(
      'A body that breaks a rule, or a link to a file that does not exist or may not be seen',
      'Missing required fields.',
      'Symlink path not found: projects/1001/5f0e',
    ),
    403: refusalAnswer('An access that is disabled', 'The access to the project is disabled.'),
    422: refusalAnswer(
      'Not enough disk space',
      "Workspace limits exceeded: ['max_disk_space: the user has used 90 bytes, 20 more are above maximum of 100.']",
    ),
  },
  async handler({ caller, sent }, context) {
    const { fields } = readJson(sent);
    if (fields.name === undefined || fields.description === undefined) throw refuse(400, 'Missing required fields.');
    const defaultJobType = defaultJobTypeIn(context, fields);
    const { links, files } = detailsIn(fields);
    const [name, description] = [nameIn(fields), descriptionIn(fields)];
    const viewer = await readViewer(context, caller);
    const resolved = await resolve(context, viewer, links, viewer.projectNo);
    const row = await refusing(() =>
      createWorkspace(context, viewer, { name, description, defaultJobType, files, ...resolved }),
    );
    const workspace = newWorkspaceView(row, await contentsOf(context, row.workspaceId));
    return okWith('Successful.', { workspace });
  },
});

const changeOne = route({
  method: 'PUT',
  path: '/uws/workspaces/{id}',
  summary: 'Changes a workspace; files and links are added or replaced, none is removed',
  access: account,
  parameters: idParameters,
  described: { body: changeBody.meta({ examples: [{ description: 'Cohort of 2025' }] }) },
  answers: {
    200: okAnswer('It is done', 'Update successful.'),
    403: refusalAnswer('An access that is disabled', 'The access to the project is disabled.'),
    404: refusalAnswer('No such workspace', 'Workspace 9999 not found for user.'),
    409: refusalAnswer('A workspace that is not ready', 'Workspace 1 is not ready.'),
    422: refusalAnswer('Not enough disk space'),
  },
  async handler({ caller, parameters, sent }, context) {
    const viewer = await readViewer(context, caller);
    const row = await ownWorkspace(context, viewer, parameters.id);
    const { fields } = readJson(sent);
    const defaultJobType = defaultJobTypeIn(context, fields);
    const { links, files } = detailsIn(fields);
    const changes = {
      ...(fields.name !== undefined && { name: nameIn(fields) }),
      ...(fields.description !== undefined && { description: descriptionIn(fields) }),
      ...(defaultJobType !== undefined && { defaultJobType }),
    };
    const resolved = await resolve(context, viewer, links, row.projectNo ?? viewer.projectNo);
    await refusing(() => changeWorkspace(context, viewer, row, { changes, files, ...resolved }));
    return ok('Update successful.');
  },
});

const act = route({
  method: 'PUT',
  path: '/uws/workspaces/{id}/{action}',
  summary: 'Starts a job (`start`), or stores uploaded files (`upload`)',
  access: account,
  parameters: actionParameters('start'),
  described: { body: startBody, form: uploadForm },
  answers: {
    200: {
      description: 'The job, or that the files are stored',
      body: okAnswerWith('', z.object({ job: z.unknown() }).optional(), {}).body.partial({ data: true }),
    },
    404: refusalAnswer('No such workspace', 'Workspace 9999 not found for user.'),
    403: refusalAnswer('An access that is disabled', 'The access to the project is disabled.'),
    409: refusalAnswer('A workspace that is not ready', 'Workspace 1 is not ready.'),
    422: refusalAnswer(
      'Options that are not valid, or limits',
      'Invalid resource options found: ["num_cpus: Value \'17\' above maximum of 16."]',
    ),
  },
  async handler(request, context) {
    const { caller, parameters } = request;
    const viewer = await readViewer(context, caller);
    const row = await ownWorkspace(context, viewer, parameters.id);
    switch (parameters.action.toLowerCase()) {
      case 'start':
        return refusing(() => start(context, viewer, row, request.sent));
      case 'upload':
        return refusing(() => upload(context, row, request));
      default:
        throw refuse(400, 'Invalid PUT type passed.');
    }
  },
});

const removeOne = route({
  method: 'DELETE',
  path: '/uws/workspaces/{id}',
  summary: 'Deletes a workspace with everything in it',
  access: account,
  parameters: idParameters,
  answers: {
    200: okAnswer('The workspace is being deleted', 'Workspace 1 queued for deletion.'),
    400: refusalAnswer(
      'A workspace with jobs, or with shares that nobody has accepted',
      'Cannot delete workspace, jobs are running for this workspace.',
    ),
    404: refusalAnswer('No such workspace', 'Workspace 9999 not found for user.'),
  },
  async handler({ caller, parameters }, context) {
    const viewer = await readViewer(context, caller);
    const row = await untilCommitted(`Workspace ${parameters.id}`, async () => {
      const found = await ownWorkspace(context, viewer, parameters.id);
      if (found.openShares > 0) {
        throw refuse(
          400,
          `Workspace ${found.workspaceId} has shared workspaces associated with it, that have not yet been accepted. Please cancel those shares to delete this workspace.`,
        );
      }
      if (found.activeJobs > 0) {
        throw refuse(400, 'Cannot delete workspace, jobs are running for this workspace.');
      }
      if (found.state === 'deleting') return found;
      const outcome = await transact(context.db, context.clock, deletionWrites(context, found));
      return outcome === 'committed' ? found : tryAgain;
    });
    await doWork(context, workHandlers, { kind: 'remove-workspace', userId: row.userId, id: row.workspaceId });
    return ok(`Workspace ${row.workspaceId} queued for deletion.`);
  },
});

/** Copies that others have shared are hidden until they are accepted. */
const isVisible = ({ shared }: WorkspaceRow): boolean => shared?.accepted !== false;

const viewsOf = (context: WorkspacesContext, rows: readonly WorkspaceRow[]): Promise<WorkspaceView[]> =>
  Promise.all(rows.map(async (row) => workspaceView(row, await contentsOf(context, row.workspaceId))));

/** @throws Refusal when the viewer has no such workspace, or has not accepted it */
async function ownWorkspace(
  context: WorkspacesContext,
  { userId }: WorkspaceViewer,
  id: string,
): Promise<WorkspaceRow> {
  const row = await readWorkspace(context, { userId, workspaceId: idOf(id) });
  if (!row) throw workspaceNotFound(id);
  if (!isVisible(row)) {
    throw refuse(400, `Workspace ${id} is a shared workspace and has not been accepted.`);
  }
  return row;
}

async function resolve(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  links: readonly SentLink[],
  bound: string | undefined,
) {
  const outcome = await resolveLinks(context, viewer, links, bound);
  if ('notFound' in outcome) throw refuse(400, `Symlink path not found: ${outcome.notFound}`);
  return outcome;
}

export const workspaceRoutes: readonly WorkspacesRoute[] = [
  listWorkspaces,
  createOne,
  readOne,
  changeOne,
  removeOne,
  act,
];
