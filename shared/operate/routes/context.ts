import * as z from 'zod';
import { type Caller, holderOf } from '../../api/access.ts';
import { answer, Refusal } from '../../api/answer.ts';
import { routesOf } from '../../api/route.ts';
import type { ComparingContext, DecidingContext, OperateContext } from '../context.ts';

export const readRoute = routesOf<OperateContext>();
export const decideRoute = routesOf<DecidingContext>();
export const compareRoute = routesOf<ComparingContext>();

/** People of the centre who operate the gateway. */
export const operator = holderOf('operator');

/** An answer with a text for people under `error`. */
export const errorAnswer = (description: string, example: string) => ({
  description,
  body: z.object({ error: z.string() }).meta({ examples: [{ error: example }] }),
});

/** @throws Refusal that says what there is not */
export function missing(what: string): never {
  throw new Refusal(answer(404, { error: `There is no ${what}` }));
}

/** The operator of a request, as the history names people. */
export const nameOf = ({ caller }: { caller: Caller }): string => caller.name;

/** An id is in the query, as it may hold any character, also a slash. */
export const idQuery = (example: string) =>
  z.object({
    id: z
      .string()
      .min(1)
      .meta({ examples: [example] }),
  });
