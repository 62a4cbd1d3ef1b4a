import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import type { ProcessContext } from '../context.ts';
import { errorAnswers, refusals } from '../errors.ts';
import { findProcess, findProject } from '../find-visible.ts';
import { cursorOf, listProjects } from '../list.ts';
import type { Parties } from '../parties.ts';
import { openAmong } from '../read-facts.ts';
import { readWhole, type WholeProcess } from '../read-project.ts';
import { resumeWork } from '../resume.ts';
import type { ProcessProjectRow } from '../rows.ts';
import { viewerOf } from '../viewer.ts';
import { laterProcessView, viewLaterProcess } from '../views/later-view.ts';
import { laterProjectView, viewLaterProject } from '../views/project-view.ts';
import { id, next, type ProcessRoute, paging, route, visitor } from './context.ts';
import { pageOf } from './pages.ts';
import { pressButton } from './press-button.ts';
import { createProcessRoute, deleteProcessesRoute, updateProcessRoute } from './processes.ts';
import {
  agedView,
  byAge,
  countOf,
  createdProject,
  createFor,
  deleteProjectsRoute,
  placeOf,
  processPaging,
  saveProjectsRoute,
  updateProjectRoute,
  visibleProcesses,
} from './projects.ts';

const titled = z.object({ title: z.string().min(1).max(200) }).meta({ examples: [{ title: 'Hearts' }] });

const create = route({
  method: 'POST',
  path: '/processes/public/project/create',
  summary: 'Creates a project with a title, sent as JSON or as a form',
  access: visitor,
  body: titled,
  form: titled,
  answers: { 200: createdProject },
  async handler(request, context) {
    const { title } = request.form?.fields ?? request.body ?? {};
    const viewer = await viewerOf(context, request);
    return createFor(context, viewer, request.headers, { title });
  },
});

const dashboardProject = laterProjectView.extend({ processesCount: z.int().nonnegative(), owner: z.boolean() });

const dashboard = route({
  method: 'GET',
  path: '/processes/public/project/dashboard/all/get',
  summary: 'Lists the projects that you see, the newest first, for later clients',
  access: visitor,
  query: z.object(paging),
  answers: {
    200: { description: 'A page of projects', body: z.object({ projects: z.array(dashboardProject), next }) },
  },
  async handler(request, context) {
    const { limit, after } = request.query;
    const viewer = await viewerOf(context, request);
    const { views: projects, ...more } = await pageOf(listProjects(context, viewer, { after: placeOf(after), limit }), {
      limit,
      view: (listed) => ({
        ...viewLaterProject(listed.project),
        processesCount: countOf(listed),
        owner: listed.visible === undefined,
      }),
      cursorOf: ({ project }) => cursorOf(project),
    });
    return answer(200, { projects, ...more });
  },
});

const getProject = route({
  method: 'GET',
  path: '/processes/public/project/get/{projectID}',
  summary: 'Shows a project with the processes that you see, for later clients',
  access: visitor,
  parameters: z.object({ projectID: id }),
  query: processPaging,
  answers: {
    200: {
      description: 'The project, with a page of its processes',
      body: laterProjectView.extend({ processes: z.array(laterProcessView), next }),
    },
    404: errorAnswers[404],
  },
  async handler(request, context) {
    const viewer = await viewerOf(context, request);
    const { limit, after } = request.query;
    const { project, parties, visible } = await findProject(context, viewer, request.parameters.projectID);
    const { views, ...more } = await pageOf(visibleProcesses(context, project, visible, { after, limit }), {
      limit,
      view: async (whole) => agedView(whole, await viewed(context, project, whole, parties)),
      cursorOf: ({ process }) => process.processID,
    });
    return answer(200, { ...viewLaterProject(project), processes: byAge(views), ...more });
  },
});

async function viewed(context: ProcessContext, project: ProcessProjectRow, whole: WholeProcess, parties: Parties) {
  const openPredecessors = await openAmong(context, whole.process);
  return viewLaterProcess(context.services, { project, whole, parties, openPredecessors });
}

const getProcess = route({
  method: 'GET',
  path: '/processes/public/process/get/{projectID}/{processID}',
  summary: 'Shows a process',
  access: visitor,
  parameters: z.object({ projectID: id, processID: id }),
  answers: { 200: { description: 'The process', body: laterProcessView }, 404: errorAnswers[404] },
  async handler(request, context) {
    const { projectID, processID } = request.parameters;
    const viewer = await viewerOf(context, request);
    const { project, parties } = await findProcess(context, viewer, processID, projectID);
    const whole = await readWhole(context, projectID, processID);
    if (!whole) throw refusals.notFound();
    await resumeWork(context, whole.process);
    const [view, report] = await Promise.all([
      viewed(context, project, whole, parties),
      reportOf(context, project, whole),
    ]);
    return answer(200, { ...view, service: { ...view.service, ...report } });
  },
});

/** The service's report on the work on a process so far. */
async function reportOf(context: ProcessContext, project: ProcessProjectRow, { process, files }: WholeProcess) {
  const details = JSON.parse(process.serviceDetails);
  return context.services.get(process.serviceType)?.report?.(context, { project, process, details, files });
}

/** Projects and processes under the paths and in the shapes of later clients. */
export const laterRoutes: readonly ProcessRoute[] = [
  create,
  updateProjectRoute('/processes/public/project/update'),
  deleteProjectsRoute('/processes/public/project/delete'),
  dashboard,
  getProject,
  saveProjectsRoute('/processes/public/project/save'),
  createProcessRoute('/processes/public/process/create/{projectID}'),
  updateProcessRoute('/processes/public/process/update'),
  deleteProcessesRoute('/processes/public/process/delete/{projectID}'),
  getProcess,
  pressButton,
];
