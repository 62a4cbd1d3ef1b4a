import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { collectHealth } from '../status/collect-health.ts';
import { type Health, problemsOf } from '../status/health.ts';
import { operator, readRoute } from './context.ts';

const counts = z.record(z.string(), z.number());
const oldMessage = z
  .object({ messageId: z.string(), type: z.string(), state: z.string(), receivedAt: z.number() })
  .optional();

const statusShape = z.object({
  healthy: z.boolean(),
  problems: z.array(z.string()).describe('what a person should look into, in sentences'),
  portal: z.object({
    url: z.string().optional(),
    state: z
      .string()
      .optional()
      .describe('as the last poll found it: `unreachable` or `unauthorized`; absent while it answers'),
  }),
  pause: z.object({ by: z.string(), reason: z.string(), since: z.number() }).optional(),
  poll: z
    .object({
      counter: z.number(),
      startedAt: z.number(),
      succeededAt: z.number().optional(),
      finishedAt: z.number().optional(),
      listedAt: z.number().optional(),
      pollSeconds: z.number().optional(),
    })
    .optional(),
  messages: z.object({
    lines: z.number().describe('lines with messages that are not marked yet'),
    states: counts.describe('messages that are not marked yet, by state'),
    oldest: oldMessage,
    oldestInQueue: oldMessage,
  }),
  transfers: z.object({ waiting: counts.describe('files to be moved, by kind'), slotsInUse: z.number() }),
  queues: counts,
  deadLetters: counts,
  failedRuns: counts,
  incidents: counts.describe('open ones, by kind'),
  lasting: counts.describe('dismissed incidents whose cause lasts, by kind'),
  hours: z
    .array(
      z.object({
        at: z.number().describe('start of the hour'),
        messages: z.number().describe('messages that are done'),
        files: z.number().describe('files that were stored, returned or sent'),
        bytes: z.number().describe('bytes of these files'),
        held: z.number().describe('most messages that were held for a person'),
        incidents: z.number().describe('most open incidents'),
        oldestAge: z.number().describe('greatest age, in seconds, of a message that waits for no person and no file'),
      }),
    )
    .describe('the last 24 hours that have numbers, the oldest first; the last one is not over'),
});

const view = (health: Health, now: number): z.infer<typeof statusShape> => {
  const problems = problemsOf(health, now);
  const { portal, pause, poll, messages, transfers, queues, deadLetters, failedRuns, incidents, lasting, hours } =
    health;
  return {
    healthy: problems.length === 0,
    problems,
    portal: { url: portal.url, state: portal.found?.state },
    pause: pause && { by: pause.by, reason: pause.reason, since: pause.since },
    poll: poll && {
      ...{ counter: poll.counter, startedAt: poll.startedAt, succeededAt: poll.succeededAt },
      ...{ finishedAt: poll.finishedAt, listedAt: poll.listedAt, pollSeconds: poll.pollSeconds },
    },
    ...{ messages, transfers, queues, deadLetters, failedRuns, incidents, lasting, hours },
  };
};

export const readStatus = readRoute({
  method: 'GET',
  path: '/operate/status',
  summary:
    'Shows how the gateway is: polls, messages, queues, transfers, incidents, and what a person should look into',
  access: operator,
  answers: { 200: { description: 'The state of the gateway', body: statusShape } },
  async handler(_request, context) {
    const { db, clock, tables, sqs, portalUrl } = context;
    // The portal is judged by the last poll: asking it for each look would be a call that nobody agreed with DST.
    const portal = { url: portalUrl, problem: undefined };
    const health = await collectHealth({ db, clock, tables, sqs, queues: await context.queues() }, portal);
    return answer(200, view(health, clock.now()));
  },
});
