import * as z from 'zod';
import { accountIdOf } from '../../accounts/membership.ts';
import { answer } from '../../api/answer.ts';
import type { ProcessContext } from '../context.ts';
import { refusals } from '../errors.ts';
import { decodeCursor, type EventCursor, encodeCursor } from '../events/cursor.ts';
import { processEvent, processEventOf, projectEvent, projectEventOf } from '../events/payload.ts';
import { acknowledgeEvents, messageTexts, readMissedEvents } from '../events/read-missed-events.ts';
import { viewerOf } from '../viewer.ts';
import { account, type ProcessRoute, route, success, successAnswer } from './context.ts';

const page = {
  cursor: z
    .string()
    .describe('Names this page and all before it: for `acknowledgeMissedEvents`, and for the next page'),
  more: z.boolean().describe('Whether there are more'),
};
const query = z.object({
  cursor: z
    .string()
    .max(200_000)
    .optional()
    .describe('`cursor` of the page before')
    .meta({ examples: ['eJyrrgUAAXUA-Q'] }),
});

/** @throws Refusal with 400 when it is no cursor */
function parseCursor(text: string | undefined): EventCursor {
  if (text === undefined) return {};
  const cursor = decodeCursor(text);
  if (!cursor) throw refusals.badRequest('cursor: must be `cursor` of a page');
  return cursor;
}

/** The sender of a request that only accounts may send. */
async function signedInViewer(context: ProcessContext, request: Parameters<typeof viewerOf>[1]) {
  const viewer = await viewerOf(context, request);
  const { account: row } = viewer;
  if (!row) throw refusals.notLoggedIn();
  return { ...viewer, account: row };
}

const missed = route({
  method: 'GET',
  path: '/processes/public/getMissedEvents',
  summary: 'Shows what others have done in your processes and you have not acknowledged, by project and process',
  access: account,
  query,
  answers: { 200: { description: 'A page of what you have missed', body: projectEvent.extend(page) } },
  async handler(request, context) {
    const viewer = await signedInViewer(context, request);
    const { events, cursor, more } = await readMissedEvents(context, viewer, parseCursor(request.query.cursor));
    return answer(200, { ...projectEventOf(events), cursor: encodeCursor(cursor), more });
  },
});

const acknowledge = route({
  method: 'POST',
  path: '/processes/public/acknowledgeMissedEvents',
  summary: 'Acknowledges what a page has shown, and all before it: it is missed no more',
  access: account,
  anyContentType: true,
  body: z.strictObject({ cursor: z.string().max(200_000) }).meta({ examples: [{ cursor: 'eJyrrgUAAXUA-Q' }] }),
  answers: { 200: successAnswer },
  async handler(request, context) {
    await acknowledgeEvents(context, await signedInViewer(context, request), parseCursor(request.body.cursor));
    return success();
  },
});

const all = route({
  method: 'GET',
  path: '/processes/public/events/all/get',
  summary:
    'Lists what others have done in your processes and you have not acknowledged, oldest first, for later clients',
  access: account,
  query,
  answers: {
    200: { description: 'A page of what you have missed', body: z.object({ events: z.array(processEvent), ...page }) },
  },
  async handler(request, context) {
    const viewer = await signedInViewer(context, request);
    const { events, cursor, more } = await readMissedEvents(context, viewer, parseCursor(request.query.cursor));
    const userID = accountIdOf(viewer.account);
    const texts = await messageTexts(context, events);
    const views = events.map((row) => processEventOf(row, userID, texts.get(row.item)));
    return answer(200, { events: views, cursor: encodeCursor(cursor), more });
  },
});

export const eventRoutes: readonly ProcessRoute[] = [missed, acknowledge, all];
