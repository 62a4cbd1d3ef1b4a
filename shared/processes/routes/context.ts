import * as z from 'zod';
import { type Caller, type RouteAccess, signedIn } from '../../api/access.ts';
import { answer } from '../../api/answer.ts';
import { type Route, routesOf } from '../../api/route.ts';
import type { ProcessContext } from '../context.ts';
import { errorAnswers, refusals } from '../errors.ts';

export const route = routesOf<ProcessContext>();
export type ProcessRoute = Route<ProcessContext>;

const answers = { 400: errorAnswers[400], 401: errorAnswers[401] };

/** Everybody: an account, or a visitor whose drafts are kept under the session of a cookie. */
export const visitor: RouteAccess<Caller | undefined> = {
  token: 'optional',
  description: 'Anyone. Without a token, a visitor, who sees the drafts of the own session alone.',
  answers,
  admit: (caller) => caller,
};

/** Every account. */
export const account: RouteAccess<Caller> = { ...signedIn, answers, noToken: refusals.notLoggedIn };

const exampleId = 'p'.repeat(43);

export const id = z.string().meta({ examples: [exampleId] });

/** The answer to a request that was carried out. */
export const successAnswer = { description: 'It is done', body: z.literal('Success').meta({ examples: ['Success'] }) };

export const success = () => answer(200, 'Success');

/** Ids in a query, with commas between. */
export const idList = z
  .string()
  .meta({ examples: [exampleId] })
  .transform((text) => text.split(',').filter((each) => each !== ''))
  .pipe(
    z
      .array(z.string().regex(/^[\w-]{1,400}$/, 'must be ids with commas between'))
      .min(1)
      .max(20),
  );

/** Paging of a list: at most so many, and those behind a place. */
export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .meta({ examples: ['100'] }),
  after: z
    .string()
    .optional()
    .describe('`next` of the page before')
    .meta({ examples: ['MDAwMDAxNzY3NjAwMDAwMDAwI3A'] }),
};

export const next = z.string().optional().describe('Where the next page begins; absent on the last one');
