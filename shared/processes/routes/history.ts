import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { errorAnswers } from '../errors.ts';
import { laterNumber } from '../machine/status.ts';
import { type ProcessEvent, readHistory } from '../read-history.ts';
import { viewerOf } from '../viewer.ts';
import { documentedTime } from '../views/times.ts';
import { account, id, next, type ProcessRoute, paging, route, visitor } from './context.ts';
import { pageOf } from './pages.ts';

const common = {
  createdBy: z.string().describe('Name of the person'),
  createdWhen: z.string(),
  type: z
    .int()
    .describe(
      '1 creation, 2 status, 3 message, 4 file, 5 deletion, 6 details, 7 other, 8 service, 9 what it waits for',
    ),
  event: z.string(),
  old: z.unknown().describe('The value before'),
  details: z.record(z.string(), z.unknown()),
};

const entryView = z.object({ ...common, data: z.unknown() });
const laterEntryView = z.object({ ...common, data: z.record(z.string(), z.unknown()) });

function viewEntry({ at, event, details }: ProcessEvent) {
  const { name, type, data, old, details: more } = details;
  return {
    createdBy: name,
    createdWhen: documentedTime(at),
    type,
    event,
    data: parsed(data) ?? {},
    old: parsed(old) ?? null,
    details: (parsed(more) ?? {}) as Record<string, unknown>,
  };
}

const parsed = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text));

/** Later clients get an object whatever the value is. */
const objectOf = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : { value };

const query = z.object({
  limit: paging.limit,
  after: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .meta({ examples: ['0'] }),
});

const history = route({
  method: 'GET',
  path: '/processes/public/getProcessHistory/{processID}',
  summary: 'Shows the history of a process, the oldest first, also after its deletion',
  access: account,
  parameters: z.object({ processID: id }),
  query,
  answers: {
    200: { description: 'A page of the history', body: z.object({ history: z.array(entryView), next }) },
    404: errorAnswers[404],
  },
  async handler(request, context) {
    const { limit, after } = request.query;
    const viewer = await viewerOf(context, request);
    const events = await readHistory(context, viewer, request.parameters.processID, { after, limit });
    const { views, ...more } = await pageOf(events, { limit, view: viewEntry, cursorOf });
    return answer(200, { history: views, ...more });
  },
});

const laterHistory = route({
  method: 'GET',
  path: '/processes/public/process/history/get/{processID}',
  summary: 'Shows the history of a process, for later clients',
  access: visitor,
  parameters: z.object({ processID: id }),
  query,
  answers: {
    200: { description: 'A page of the history', body: z.object({ history: z.array(laterEntryView), next }) },
    404: errorAnswers[404],
  },
  async handler(request, context) {
    const { limit, after } = request.query;
    const viewer = await viewerOf(context, request);
    const events = await readHistory(context, viewer, request.parameters.processID, { after, limit });
    const view = (event: ProcessEvent) => {
      const entry = viewEntry(event);
      // A status has another number for later clients.
      const isStatus = event.details.key === 'processStatus';
      const [data, old] = isStatus ? [laterNumber(entry.data), laterNumber(entry.old)] : [entry.data, entry.old];
      return { ...entry, data: objectOf(data), old };
    };
    const { views, ...more } = await pageOf(events, { limit, view, cursorOf });
    return answer(200, { history: views, ...more });
  },
});

const cursorOf = ({ sequence }: ProcessEvent): string => String(sequence);

export const historyRoutes: readonly ProcessRoute[] = [history, laterHistory];
