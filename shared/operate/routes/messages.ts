import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { readMessage } from '../../messages/read.ts';
import type { LineEntry, MessageRecord } from '../../messages/record.ts';
import { foldId } from '../../portal/id.ts';
import { explainMessage } from '../explain/message.ts';
import { messageEventsOf } from '../explain/message-events.ts';
import { messagesOfProject, unmarkedMessages } from '../lists/messages.ts';
import { errorAnswer, idQuery, missing, operator, readRoute } from './context.ts';
import { next, pageOf, paging } from './paging.ts';
import {
  choiceShape,
  entryShape,
  entryView,
  eventShape,
  eventView,
  incidentShape,
  incidentView,
  messageShape,
  messageState,
  messageView,
  mostShown,
} from './views.ts';

const list = readRoute({
  method: 'GET',
  path: '/operate/messages',
  summary: 'Lists messages in the order of the portal: those that are not marked yet, or all of a project',
  access: operator,
  query: z.object({
    project: z
      .string()
      .optional()
      .meta({ examples: ['1001'] }),
    state: messageState.optional().meta({ examples: ['held'] }),
    type: z
      .string()
      .optional()
      .meta({ examples: ['CreateProject'] }),
    ...paging,
  }),
  answers: { 200: { description: 'A page of the list', body: z.object({ messages: z.array(messageShape), next }) } },
  async handler({ query: { project, state, type, after, limit } }, context) {
    const filter = { state, type };
    const matches = (record: MessageRecord) =>
      (state === undefined || record.state === state) && (type === undefined || record.type === type);
    const records =
      project === undefined
        ? unmarkedMessages(context, await context.unmarked(after === undefined), filter, after)
        : messagesOfProject(context, foldId(project), after);
    const { page, ...more } = await pageOf(records, limit, ({ position }) => position, matches);
    return answer(200, { messages: page.map(messageView), ...more });
  },
});

/** Messages of the line that are shown on either side of one. */
const neighbours = 20;

/** Characters of a message's text that are shown. */
const maxContent = 100_000;

const messageDetail = messageShape.extend({
  request: z.string().describe('what DST wants, in a sentence'),
  content: z.string().optional().describe('the text as DST sent it, or its beginning; absent when it is gone'),
  isContentCut: z.boolean(),
  standing: z.array(z.string()).readonly().describe('why it waits, in sentences'),
  entries: z.array(entryShape).describe('its neighbours in its line, in order'),
  choices: z.array(choiceShape).readonly(),
  incidents: z.array(incidentShape).describe(`open ones, then settled ones; at most ${mostShown}`),
  events: z.array(eventShape).describe('what it changed and what people decided about it, in order'),
  areMoreEvents: z.boolean(),
});

const read = readRoute({
  method: 'GET',
  path: '/operate/message',
  summary: 'Explains a message: the request of DST, its whole way from poll to mark, why it waits, what can be decided',
  access: operator,
  query: idQuery('7c3e'),
  answers: {
    200: { description: 'The message', body: messageDetail },
    404: errorAnswer('No such message', 'There is no message 7c3e'),
  },
  async handler({ query: { id } }, context) {
    const record = (await readMessage(context, id)) ?? (await readMessage(context, foldId(id)));
    if (!record) return missing(`message ${id}`);
    const [explained, way] = await Promise.all([explainMessage(context, record), messageEventsOf(context, record)]);
    const { request, content, standing, line, choices, incidents, settled } = explained;
    return answer(200, {
      ...messageView(record),
      ...{ request, content: content?.slice(0, maxContent), isContentCut: (content?.length ?? 0) > maxContent },
      ...{ standing, entries: around(line, record).map(entryView), choices },
      incidents: [...incidents, ...settled].slice(0, mostShown).map((incident) => incidentView(incident)),
      ...{ events: way.events.map(eventView), areMoreEvents: way.areMore },
    });
  },
});

function around(line: readonly LineEntry[], { position }: MessageRecord): readonly LineEntry[] {
  const own = line.findIndex((entry) => entry.position === position);
  return own < 0 ? [] : line.slice(Math.max(0, own - neighbours), own + neighbours + 1);
}

export const messageRoutes = [list, read];
