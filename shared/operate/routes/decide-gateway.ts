import * as z from 'zod';
import { answer, Refusal } from '../../api/answer.ts';
import { gatewaySubject, noteAction } from '../../decisions/audit.ts';
import { planPause, planResume } from '../../decisions/pause.ts';
import { readPause } from '../../operations/pause.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { counted } from '../../platform/units.ts';
import { deadLetterEnding, moveDeadLetters, redrivableQueues } from '../redrive.ts';
import { countMessages } from '../status/collect-health.ts';
import type { LastPoll } from '../status/health.ts';
import { decideRoute, errorAnswer, missing, operator } from './context.ts';
import { decide, decisionFields, note, refusedAnswer, reportAnswer, reportFields } from './decide.ts';

const decisionBody = z.object(decisionFields);

const pause = decideRoute({
  method: 'POST',
  path: '/operate/pause',
  summary: 'Stops polls and new work; work that is running finishes',
  access: operator,
  body: decisionBody.meta({ examples: [{ reason: 'the tables are restored' }] }),
  answers: { 200: reportAnswer, 409: refusedAnswer },
  handler: (request, context) => decide(context, request, () => planPause(context)),
});

const resume = decideRoute({
  method: 'POST',
  path: '/operate/resume',
  summary: 'Ends a pause',
  access: operator,
  body: decisionBody.meta({ examples: [{ reason: 'the tables are back' }] }),
  answers: { 200: reportAnswer, 409: refusedAnswer },
  handler: (request, context) => decide(context, request, () => planResume(context)),
});

const pollNow = decideRoute({
  method: 'POST',
  path: '/operate/poll',
  summary: 'Begins a poll at once. It changes nothing that the next poll would not, so it needs no reason',
  access: operator,
  answers: {
    202: {
      description: 'The poll begins; `GET /operate/status` shows its number when it has begun, and when it has ended',
      body: z.object({ after: z.number().describe('number of the poll before') }),
    },
    409: errorAnswer('The gateway is paused', 'Paused by olga: a table is restored'),
  },
  async handler(_request, context) {
    const { db, tables } = context;
    const paused = await readPause(db, tables.control);
    if (paused) throw new Refusal(answer(409, { error: `Paused by ${paused.by}: ${paused.reason}` }));
    const before = await getItem<LastPoll>(db, tables.control, { name: 'poll' });
    await context.startPoll();
    return answer(202, { after: before?.counter ?? 0 });
  },
});

/** Most dead letters of a request, which has 25 s. */
const mostAtOnce = 500;

const redrive = decideRoute({
  method: 'POST',
  path: '/operate/queue/redrive',
  summary: `Moves dead letters of a queue back into it, ${mostAtOnce} at most`,
  access: operator,
  body: z
    .object({ queue: z.string().describe('named as in the status'), ...decisionFields })
    .meta({ examples: [{ queue: 'CreateProject', reason: 'the function has memory enough again' }] }),
  answers: {
    200: {
      description: reportAnswer.description,
      body: z.object({ ...reportFields, count: z.number().describe('dead letters that there were') }),
    },
    404: errorAnswer('No such queue', 'There is no queue Unicorn with dead letters'),
    409: refusedAnswer,
  },
  async handler(request, context) {
    const { queue: name, dryRun } = request.body;
    const queues = await context.queues();
    const [from, to] = redrivableQueues(queues).includes(name)
      ? [queues[`${name}${deadLetterEnding}`], queues[name]]
      : [];
    if (from === undefined || to === undefined) return missing(`queue ${name} with dead letters`);
    const count = await countMessages(context.sqs, from);
    const most = Math.min(count, mostAtOnce);
    const planned =
      count === 0 ? [] : [`${most} of ${counted(count, 'dead letter')} will go back into the queue ${name}.`];
    if (count === 0) {
      const completed = [`${name} has no dead letters.`];
      return answer(200, { outcome: 'nothing-to-do', planned, completed, count });
    }
    if (dryRun) return answer(200, { outcome: 'dry-run', planned, completed: [], count });
    const details = { queue: name, count: most };
    await note(context, request, noteAction(context, { subject: gatewaySubject, event: 'redriven', details }));
    const moved = await moveDeadLetters(context.sqs, { from, to }, most);
    const completed = [`Put back into the queue ${name}: ${counted(moved, 'dead letter')}.`];
    return answer(200, { outcome: 'done', planned, completed, count });
  },
});

export const gatewayDecisions = [pause, resume, pollNow, redrive];
