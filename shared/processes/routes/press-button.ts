import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { changeProcesses } from '../change.ts';
import { deleteProcesses } from '../delete-processes.ts';
import { errorAnswers, refusals } from '../errors.ts';
import { type Status, statusesNamed } from '../machine/status.ts';
import { transitions } from '../machine/transitions.ts';
import { processIDs } from '../update/request.ts';
import { viewerOf } from '../viewer.ts';
import { buttonData } from '../views/buttons.ts';
import { route, visitor } from './context.ts';

/** A step of processes, as later clients ask for it. */
export const pressButton = route({
  method: 'POST',
  path: '/processes/public/states/buttons/get',
  summary: 'Carries out a button of processes: a step, or their deletion',
  access: visitor,
  anyContentType: true,
  body: z.object({ projectID: z.string(), processIDs, buttonData }).meta({
    examples: [
      {
        projectID: 'p'.repeat(43),
        processIDs: ['q'.repeat(43)],
        buttonData: { type: 'backstepStatus', targetStatus: 'DRAFT' },
      },
    ],
  }),
  answers: {
    200: { description: 'It is done', body: z.object({}) },
    403: errorAnswers[403],
    404: errorAnswers[404],
    409: errorAnswers[409],
  },
  async handler(request, context) {
    const { projectID, processIDs: ids, buttonData: button } = request.body;
    const viewer = await viewerOf(context, request);
    if (button.type === 'deleteProcess') {
      await deleteProcesses(context, viewer, projectID, ids);
    } else {
      const targets = targetsOf(button.targetStatus);
      await changeProcesses(context, viewer, projectID, ids, ({ process }) => ({
        step: { to: targetFrom(process.status, targets) },
        entries: [],
      }));
    }
    return answer(200, {});
  },
});

/** A name of later clients may mean several statuses. */
function targetsOf(name: string | undefined): readonly [Status, ...Status[]] {
  const [first, ...others] = statusesNamed(name ?? '');
  if (!first) throw refusals.badRequest('buttonData.targetStatus: must be the name of a status');
  return [first, ...others];
}

const targetFrom = (status: Status, targets: readonly [Status, ...Status[]]): Status =>
  targets.find((to) => transitions.some((transition) => transition.from === status && transition.to === to)) ??
  targets[0];
