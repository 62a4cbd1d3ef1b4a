import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { refusals } from '../../api/refusals.ts';
import { InvalidInputError } from '../../platform/errors.ts';
import { eventsOf, eventsOfProject, readPlace, textOfPlace } from '../lists/history.ts';
import { projectOf, readSubject } from '../lists/history-subject.ts';
import { operator, readRoute } from './context.ts';
import { cursor, next, pageOf, paging } from './paging.ts';
import { eventShape, eventView } from './views.ts';

const list = readRoute({
  method: 'GET',
  path: '/operate/history',
  summary:
    'Lists what happened to a project (with its accesses and files), an access, a file, an account, or the gateway',
  access: operator,
  query: z.object({
    subject: z
      .string()
      .describe(
        '`project#N`, `access#ID`, `file#ID`, `message#ID`, `account#NAME`, `organization#NAME`, `permission#NAME`, `process#ID`, `process-project#ID` or `gateway`',
      )
      .meta({ examples: ['project#1001'] }),
    order: z
      .enum(['newest first', 'oldest first'])
      .default('newest first')
      .meta({ examples: ['newest first'] }),
    ...paging,
  }),
  answers: {
    200: {
      description: 'A page of the list; empty for what never was',
      body: z.object({ events: z.array(eventShape), next }),
    },
  },
  async handler({ query: { subject: text, order, after, limit } }, context) {
    const subject = subjectOf(text);
    const projectNo = projectOf(subject);
    if (projectNo !== undefined) {
      const events = eventsOfProject(context, projectNo, cursor(after, readPlace), order);
      const { page, ...more } = await pageOf(events, limit, textOfPlace);
      return answer(200, { events: page.map(eventView), ...more });
    }
    const events = eventsOf(context, subject, cursor(after, readSequence), order);
    const { page, ...more } = await pageOf(events, limit, ({ sequence }) => String(sequence));
    return answer(200, { events: page.map(eventView), ...more });
  },
});

const readSequence = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);

function subjectOf(text: string): string {
  try {
    return readSubject(text);
  } catch (error) {
    if (error instanceof InvalidInputError) throw refusals.badRequest(error.message);
    throw error;
  }
}

export const historyRoutes = [list];
