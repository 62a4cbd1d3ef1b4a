import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { answerBytes } from '../../api/answer-size.ts';
import type { ProcessContext } from '../context.ts';
import { createProcessProject } from '../create.ts';
import { deleteProjects } from '../delete-processes.ts';
import { adoptDrafts } from '../drafts/adopt.ts';
import { endOfSession, keptSession } from '../drafts/session.ts';
import { errorAnswers, refusals } from '../errors.ts';
import { findProject } from '../find-visible.ts';
import { cursorOf, itemAt, type ListedProject, listProjects } from '../list.ts';
import { readProcesses, readSome, type WholeProcess } from '../read-project.ts';
import { resumeWork } from '../resume.ts';
import type { ProcessProjectRow } from '../rows.ts';
import { updateProject } from '../update-project.ts';
import { type Viewer, viewerOf } from '../viewer.ts';
import { processView, viewProcess } from '../views/process-view.ts';
import { projectView, viewProject } from '../views/project-view.ts';
import {
  account,
  id,
  idList,
  next,
  type ProcessRoute,
  paging,
  route,
  success,
  successAnswer,
  visitor,
} from './context.ts';
import { pageOf } from './pages.ts';

const object = z.record(z.string(), z.unknown());

/** Creates a project for whoever asks. A visitor gets the cookie of a session with it. */
export async function createFor(
  context: ProcessContext,
  viewer: Viewer,
  headers: Readonly<Record<string, string | undefined>>,
  details?: Record<string, unknown>,
) {
  const kept = viewer.account ? undefined : keptSession(headers);
  const projectID = await createProcessProject(context, viewer, {
    session: kept?.session,
    headers,
    ...(details && { details }),
  });
  return { ...answer(200, { projectID }), ...(kept && { cookies: [kept.cookie] }) };
}

export const createdProject = {
  description: 'The id of the new project',
  body: z.object({ projectID: z.string() }).meta({ examples: [{ projectID: 'p'.repeat(43) }] }),
};

const create = route({
  method: 'GET',
  path: '/processes/public/createProjectID',
  summary: 'Creates a project',
  access: visitor,
  answers: { 200: createdProject },
  handler: async (request, context) => createFor(context, await viewerOf(context, request), request.headers),
});

/** Fields of a project that clients set, by their earlier and their later names. */
const projectChanges = z.strictObject({
  status: z.int().optional(),
  details: object.optional(),
  projectStatus: z.int().optional(),
  projectDetails: object.optional(),
});

export const updateProjectRoute = (path: `/${string}`) =>
  route({
    method: 'PATCH',
    path,
    summary: 'Changes a project: details are merged key by key',
    access: visitor,
    anyContentType: true,
    body: z
      .object({ projectID: z.string(), changes: projectChanges })
      .meta({ examples: [{ projectID: 'p'.repeat(43), changes: { details: { title: 'Hearts' } } }] }),
    answers: { 200: successAnswer, 403: errorAnswers[403], 404: errorAnswers[404] },
    async handler(request, context) {
      const { projectID, changes } = request.body;
      const { status, details, projectStatus = status, projectDetails = details } = changes;
      const viewer = await viewerOf(context, request);
      await updateProject(context, viewer, projectID, { status: projectStatus, details: projectDetails });
      return success();
    },
  });

export const deleteProjectsRoute = (path: `/${string}`) =>
  route({
    method: 'DELETE',
    path,
    summary: 'Deletes projects with all that is in them, but their history',
    access: visitor,
    query: z.object({ projectIDs: idList }),
    answers: { 200: successAnswer, 403: errorAnswers[403], 404: errorAnswers[404], 409: errorAnswers[409] },
    async handler(request, context) {
      await deleteProjects(context, await viewerOf(context, request), request.query.projectIDs);
      return success();
    },
  });

const flatProject = projectView.extend({ processesCount: z.int().nonnegative(), owner: z.boolean() });

/** Whether a project in a list is the viewer's own. */
const isOwn = ({ visible }: ListedProject): boolean => visible === undefined;

export const countOf = ({ project, visible }: ListedProject): number => visible?.length ?? project.processesCount;

/** @throws Refusal with 400 when it is no cursor */
export function placeOf(after: string | undefined): string | undefined {
  if (after === undefined) return undefined;
  const item = itemAt(after);
  if (item === undefined) throw refusals.badRequest('after: must be `next` of a page before');
  return item;
}

const getFlat = route({
  method: 'GET',
  path: '/processes/public/getFlatProjects',
  summary: 'Lists the projects that you see, the newest first, without their processes',
  access: visitor,
  query: z.object(paging),
  answers: { 200: { description: 'A page of projects', body: z.object({ projects: z.array(flatProject), next }) } },
  async handler(request, context) {
    const { limit, after } = request.query;
    const viewer = await viewerOf(context, request);
    const { views: projects, ...more } = await pageOf(listProjects(context, viewer, { after: placeOf(after), limit }), {
      limit,
      view: (listed) => ({ ...viewProject(listed.project), processesCount: countOf(listed), owner: isOwn(listed) }),
      cursorOf: ({ project }) => cursorOf(project),
    });
    return answer(200, { projects, ...more });
  },
});

/** The processes of a project that a viewer sees. */
export async function* visibleProcesses(
  context: ProcessContext,
  project: ProcessProjectRow,
  visible: readonly string[] | undefined,
  { after, limit }: { after?: string | undefined; limit?: number | undefined } = {},
): AsyncGenerator<WholeProcess> {
  if (!visible) {
    yield* readProcesses(context, project.projectID, { after, limit });
    return;
  }
  const ids = [...new Set(visible)].filter((processID) => after === undefined || processID > after).toSorted();
  yield* readSome(context, project.projectID, limit === undefined ? ids : ids.slice(0, limit + 1));
}

/** A view of a process, with the time of its creation. */
interface AgedView<View> {
  createdAt: number;
  view: View;
}

export const agedView = <View>({ process: { createdAt } }: WholeProcess, view: View): AgedView<View> => ({
  createdAt,
  view,
});

/** Processes are stored by their ids; people want them as they were made. */
export const byAge = <View>(views: readonly AgedView<View>[]): View[] =>
  views.toSorted((one, other) => one.createdAt - other.createdAt).map(({ view }) => view);

/** Pages of processes begin behind one of them. */
export const processPaging = z.object({
  limit: paging.limit,
  after: z
    .string()
    .regex(/^[\w-]{1,400}$/, 'must be `next` of a page before')
    .optional()
    .meta({ examples: ['q'.repeat(43)] }),
});

const wholeProject = projectView.extend({ processes: z.array(processView), next });

const get = route({
  method: 'GET',
  path: '/processes/public/getProject/{projectID}',
  summary: 'Shows a project with the processes that you see',
  access: visitor,
  parameters: z.object({ projectID: id }),
  query: processPaging,
  answers: {
    200: { description: 'The project, with a page of its processes', body: wholeProject },
    404: errorAnswers[404],
  },
  async handler(request, context) {
    const viewer = await viewerOf(context, request);
    const { limit, after } = request.query;
    const { project, visible } = await findProject(context, viewer, request.parameters.projectID);
    const { views, ...more } = await pageOf(visibleProcesses(context, project, visible, { after, limit }), {
      limit,
      async view(whole) {
        await resumeWork(context, whole.process);
        return agedView(whole, viewProcess(context.services, project, whole));
      },
      cursorOf: ({ process }) => process.processID,
    });
    return answer(200, { ...viewProject(project), processes: byAge(views), ...more });
  },
});

/** Most projects that are answered with all their processes. */
const maxRetrieved = 100;

const retrieve = route({
  method: 'GET',
  path: '/processes/public/retrieveProjects',
  summary: 'Lists the projects that you see with their processes, the newest first',
  access: account,
  query: z.object(paging),
  answers: {
    200: { description: 'Projects, at most a hundred', body: z.array(wholeProject.omit({ next: true })) },
    413: {
      description: 'More than an answer holds: ask for fewer by `limit`',
      body: z.object({ message: z.string(), exception: z.string() }),
    },
  },
  async handler(request, context) {
    const viewer = await viewerOf(context, request);
    const { limit = maxRetrieved, after } = request.query;
    const projects: z.input<typeof wholeProject>[] = [];
    let bytes = 0;
    for await (const { project, visible } of listProjects(context, viewer, { after: placeOf(after), limit })) {
      if (projects.length >= Math.min(limit, maxRetrieved)) break;
      const shown = viewProject(project);
      bytes += answerBytes(shown);
      const views = [];
      for await (const whole of visibleProcesses(context, project, visible)) {
        const view = viewProcess(context.services, project, whole);
        bytes += answerBytes(view);
        if (bytes > maxRetrievedBytes) return tooMany;
        views.push(agedView(whole, view));
      }
      projects.push({ ...shown, processes: byAge(views) });
    }
    return answer(200, projects);
  },
});

/** Lambda answers with at most 6 MB. */
const maxRetrievedBytes = 5_000_000;

const tooMany = answer(413, {
  message: 'The projects are more than an answer holds. Ask for fewer',
  exception: 'TooLarge',
});

export const saveProjectsRoute = (path: `/${string}`) =>
  route({
    method: 'GET',
    path,
    summary: 'Makes the drafts of the session projects of the account',
    access: account,
    answers: { 200: successAnswer },
    async handler(request, context) {
      const { account: owner, session, actor } = await viewerOf(context, request);
      if (owner && session !== undefined) await adoptDrafts(context, owner, session, actor);
      return { ...success(), cookies: [endOfSession(request.headers.host)] };
    },
  });

/** Projects, as the document has them. */
export const projectRoutes: readonly ProcessRoute[] = [
  create,
  updateProjectRoute('/processes/public/updateProject'),
  deleteProjectsRoute('/processes/public/deleteProjects'),
  getFlat,
  get,
  retrieve,
  saveProjectsRoute('/processes/public/saveProjects'),
];
