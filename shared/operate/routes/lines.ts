import * as z from 'zod';
import { answer } from '../../api/answer.ts';
import { linesOf } from '../lists/lines.ts';
import { operator, readRoute } from './context.ts';
import { next, pageOf, paging } from './paging.ts';
import { entryShape, entryView, projectOfLine } from './views.ts';

const list = readRoute({
  method: 'GET',
  path: '/operate/lines',
  summary: 'Lists the lines with messages that are not marked yet, the one that waits longest first',
  access: operator,
  query: z.object(paging),
  answers: {
    200: {
      description: 'A page of the list',
      body: z.object({
        lines: z.array(
          z.object({
            line: z.string(),
            projectNo: z.string().optional(),
            states: z.record(z.string(), z.number()).describe('numbers of its messages, by state'),
            first: entryShape.describe('the message that the others wait for'),
          }),
        ),
        next,
      }),
    },
  },
  async handler({ query: { after = '', limit } }, context) {
    const lines = linesOf(await context.unmarked(after === '')).filter(({ first }) => first.position > after);
    const { page, ...more } = await pageOf(lines, limit, ({ first }) => first.position);
    return answer(200, {
      lines: page.map(({ line, states, first }) => {
        const projectNo = projectOfLine(line);
        return { line, ...(projectNo !== undefined && { projectNo }), states, first: entryView(first) };
      }),
      ...more,
    });
  },
});

export const lineRoutes = [list];
