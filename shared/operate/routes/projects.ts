import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { scan } from '../../platform/dynamodb.ts';
import { foldId } from '../../portal/id.ts';
import type { ProjectRow } from '../../projects/project.ts';
import { readUser, type UserRow } from '../../users/user.ts';
import { explainAccess } from '../explain/access.ts';
import { explainProject } from '../explain/project.ts';
import { accessesOfProject, accessStates, describeAccess, stateOfAccess } from '../lists/accesses.ts';
import { errorAnswer, idQuery, missing, operator, readRoute } from './context.ts';
import { next, pageOf, paging } from './paging.ts';
import {
  accessShape,
  entryShape,
  entryView,
  incidentShape,
  incidentView,
  mostShown,
  projectShape,
  projectView,
} from './views.ts';

const listProjects = readRoute({
  method: 'GET',
  path: '/operate/projects',
  summary: 'Lists projects, in no order',
  access: operator,
  query: z.object({
    state: z
      .enum(['active', 'deleting'])
      .optional()
      .meta({ examples: ['active'] }),
    ...paging,
  }),
  answers: { 200: { description: 'A page of the list', body: z.object({ projects: z.array(projectShape), next }) } },
  async handler({ query: { state, after, limit } }, { db, tables }) {
    const all = scan<ProjectRow>(db, tables.projects, after === undefined ? undefined : { projectNo: after });
    const { page, ...more } = await pageOf(
      all,
      limit,
      ({ projectNo }) => projectNo,
      (project) => state === undefined || project.state === state,
    );
    return answer(200, { projects: page.map(projectView), ...more });
  },
});

const counts = z.record(z.string(), z.number());
const underWay = {
  entries: z
    .array(entryShape)
    .describe(`messages that are not marked yet, in the order of the portal; at most ${mostShown}`),
  incidents: z.array(incidentShape).describe(`open ones, the oldest first; at most ${mostShown}`),
};
const readOneProject = readRoute({
  method: 'GET',
  path: '/operate/project',
  summary: 'Shows a project: its accesses, files, messages that are not marked yet, and incidents',
  access: operator,
  query: idQuery('1001'),
  answers: {
    200: {
      description: 'The project',
      body: projectShape.extend({ accesses: counts, files: counts, results: counts, ...underWay }),
    },
    404: errorAnswer('No such project', 'There is no project 1001'),
  },
  async handler({ query: { id } }, context) {
    const projectNo = foldId(id);
    const explained = await explainProject(context, projectNo);
    if (!explained) return missing(`project ${projectNo}`);
    const { project, accesses, files, results, messages, incidents } = explained;
    return answer(200, {
      ...(project ? projectView(project) : { projectNo }),
      ...{ accesses, files, results },
      entries: messages.slice(0, mostShown).map(entryView),
      incidents: incidents.slice(0, mostShown).map((incident) => incidentView(incident)),
    });
  },
});

const listAccesses = readRoute({
  method: 'GET',
  path: '/operate/users',
  summary: "Lists users' accesses to projects: all, in no order, or those of a project",
  access: operator,
  query: z.object({
    project: z
      .string()
      .optional()
      .meta({ examples: ['1001'] }),
    state: z
      .enum(accessStates)
      .optional()
      .meta({ examples: ['disabled'] }),
    ...paging,
  }),
  answers: { 200: { description: 'A page of the list', body: z.object({ users: z.array(accessShape), next }) } },
  async handler({ query: { project, state, after, limit } }, context) {
    const { db, tables } = context;
    const all =
      project === undefined
        ? scan<UserRow>(db, tables.users, after === undefined ? undefined : { accessIdentifier: after })
        : accessesOfProject(context, foldId(project), after);
    const { page, ...more } = await pageOf(
      all,
      limit,
      ({ accessIdentifier }) => accessIdentifier,
      (user) => state === undefined || stateOfAccess(user) === state,
    );
    return answer(200, { users: page.map(describeAccess), ...more });
  },
});

const readAccess = readRoute({
  method: 'GET',
  path: '/operate/user',
  summary: 'Shows an access, with its messages that are not marked yet and its incidents',
  access: operator,
  query: idQuery('0b9d1f0e-6a3c-4f5e-9a51-3c0d7c1e2f4a'),
  answers: {
    200: { description: 'The access', body: accessShape.extend(underWay) },
    404: errorAnswer('No such access', 'There is no access 0b9d1f0e'),
  },
  async handler({ query: { id } }, context) {
    const user = await readUser(context, foldId(id));
    if (!user) return missing(`access ${id}`);
    const { messages, incidents } = await explainAccess(context, user);
    return answer(200, {
      ...describeAccess(user),
      entries: messages.slice(0, mostShown).map(entryView),
      incidents: incidents.slice(0, mostShown).map((incident) => incidentView(incident)),
    });
  },
});

export const projectRoutes = [listProjects, readOneProject, listAccesses, readAccess];
