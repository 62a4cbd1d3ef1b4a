import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { changeProcesses } from '../change.ts';
import { createProcess } from '../create.ts';
import { deleteProcesses } from '../delete-processes.ts';
import { errorAnswers } from '../errors.ts';
import type { Status } from '../machine/status.ts';
import { processIDs, updateBody } from '../update/request.ts';
import { updateProcesses } from '../update/update.ts';
import { viewerOf } from '../viewer.ts';
import { account, id, idList, type ProcessRoute, route, success, successAnswer, visitor } from './context.ts';

export const createProcessRoute = (path: `/${string}`) =>
  route({
    method: 'GET',
    path,
    summary: 'Creates a process in a project',
    access: visitor,
    parameters: z.object({ projectID: id }),
    answers: {
      200: {
        description: 'The id of the new process',
        body: z.object({ processID: z.string() }).meta({ examples: [{ processID: 'q'.repeat(43) }] }),
      },
      403: errorAnswers[403],
      404: errorAnswers[404],
      409: errorAnswers[409],
    },
    async handler(request, context) {
      const viewer = await viewerOf(context, request);
      return answer(200, {
        processID: await createProcess(context, viewer, request.parameters.projectID, request.headers),
      });
    },
  });

export const updateProcessRoute = (path: `/${string}`) =>
  route({
    method: 'PATCH',
    path,
    summary: 'Changes processes of a project, all of them or none; a status is ignored',
    access: visitor,
    anyContentType: true,
    body: updateBody,
    answers: { 200: successAnswer, 403: errorAnswers[403], 404: errorAnswers[404], 409: errorAnswers[409] },
    async handler(request, context) {
      await updateProcesses(context, await viewerOf(context, request), request.body);
      return success();
    },
  });

export const deleteProcessesRoute = (path: `/${string}`) =>
  route({
    method: 'DELETE',
    path,
    summary: 'Deletes processes of a project, all of them or none; their history stays',
    access: visitor,
    parameters: z.object({ projectID: id }),
    query: z.object({ processIDs: idList }),
    answers: { 200: successAnswer, 403: errorAnswers[403], 404: errorAnswers[404], 409: errorAnswers[409] },
    async handler(request, context) {
      const viewer = await viewerOf(context, request);
      await deleteProcesses(context, viewer, request.parameters.projectID, request.query.processIDs);
      return success();
    },
  });

const named = z.object({ projectID: z.string(), processIDs });
const example = { projectID: 'p'.repeat(43), processIDs: ['q'.repeat(43)] };
const stepAnswers = {
  200: successAnswer,
  403: errorAnswers[403],
  404: errorAnswers[404],
  409: errorAnswers[409],
} as const;

const verify = route({
  method: 'PATCH',
  path: '/processes/public/verifyProject',
  summary: 'Begins to verify processes, and sends those that pass where that is asked for',
  access: account,
  anyContentType: true,
  body: named.extend({ send: z.boolean().default(false) }).meta({ examples: [{ ...example, send: true }] }),
  answers: stepAnswers,
  async handler(request, context) {
    const { projectID, processIDs: ids, send } = request.body;
    const viewer = await viewerOf(context, request);
    await changeProcesses(context, viewer, projectID, ids, () => ({ step: { to: 'VERIFYING', send }, entries: [] }));
    return success();
  },
});

const send = route({
  method: 'PATCH',
  path: '/processes/public/sendProject',
  summary: 'Sends verified processes to the contractors that were chosen for them',
  access: account,
  anyContentType: true,
  body: named.meta({ examples: [example] }),
  answers: stepAnswers,
  async handler(request, context) {
    const { projectID, processIDs: ids } = request.body;
    const viewer = await viewerOf(context, request);
    const step = { to: 'REQUESTED' satisfies Status } as const;
    await changeProcesses(context, viewer, projectID, ids, () => ({ step, entries: [] }));
    return success();
  },
});

/** Processes, as the document has them. */
export const processRoutes: readonly ProcessRoute[] = [
  createProcessRoute('/processes/public/createProcessID/{projectID}'),
  updateProcessRoute('/processes/public/updateProcess'),
  deleteProcessesRoute('/processes/public/deleteProcesses/{projectID}'),
  verify,
  send,
];
