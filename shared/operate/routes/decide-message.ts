import * as z from 'zod';
import { planApproval } from '../../decisions/approve.ts';
import type { Action } from '../../decisions/context.ts';
import { planFetchAgain } from '../../decisions/fetch-again.ts';
import { planRequeue } from '../../decisions/requeue.ts';
import { readFiles } from '../../files/rows.ts';
import { readMessage } from '../../messages/read.ts';
import { foldId } from '../../portal/id.ts';
import type { DecidingContext } from '../context.ts';
import { decideRoute, errorAnswer, missing, operator } from './context.ts';
import { decide, decisionFields, exampleReason, refusedAnswer, reportAnswer } from './decide.ts';

/** A decision about one message. */
const aboutMessage = (
  path: `/operate/message/${string}`,
  summary: string,
  plan: (context: DecidingContext, messageId: string) => Promise<Action>,
) =>
  decideRoute({
    method: 'POST',
    path,
    summary,
    access: operator,
    body: z
      .object({ messageId: z.string(), ...decisionFields })
      .meta({ examples: [{ messageId: '7c3e', reason: exampleReason }] }),
    answers: {
      200: reportAnswer,
      404: errorAnswer('No such message', 'There is no message 7c3e'),
      409: refusedAnswer,
    },
    async handler(request, context) {
      const { messageId } = request.body;
      const record = (await readMessage(context, messageId)) ?? (await readMessage(context, foldId(messageId)));
      if (!record) return missing(`message ${messageId}`);
      return decide(context, request, () => plan(context, record.messageId));
    },
  });

const approve = aboutMessage(
  '/operate/message/approve',
  'Approves a message of a type that waits for approval (setting `holdTypes`)',
  planApproval,
);

const requeue = aboutMessage(
  '/operate/message/requeue',
  'Has a message that waits after a failure processed with the next poll, with all its attempts',
  planRequeue,
);

const fetchAgain = decideRoute({
  method: 'POST',
  path: '/operate/file/fetch-again',
  summary:
    'Has a stored file fetched from DST again whose object is missing or damaged, without checking the object first',
  access: operator,
  body: z
    .object({ fileId: z.string(), ...decisionFields })
    .meta({ examples: [{ fileId: '5d10', reason: 'somebody replaced the object' }] }),
  answers: { 200: reportAnswer, 404: errorAnswer('No such file', 'There is no file 5d10'), 409: refusedAnswer },
  async handler(request, context) {
    const fileId = foldId(request.body.fileId);
    if (!(await readFiles(context, [fileId])).has(fileId)) return missing(`file ${fileId}`);
    return decide(context, request, () => planFetchAgain(context, fileId));
  },
});

export const messageDecisions = [approve, requeue, fetchAgain];
