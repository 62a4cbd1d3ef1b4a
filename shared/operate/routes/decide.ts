import * as z from 'zod';
import type { Caller } from '../../api/access.ts';
import { type Answer, answer, Refusal } from '../../api/answer.ts';
import {
  type Action,
  changedMeanwhile,
  commitAction,
  type Decision,
  type OperatorContext,
} from '../../decisions/context.ts';
import { readReason, reasonRule } from '../../decisions/reason.ts';
import { PermanentError } from '../../platform/errors.ts';
import { errorAnswer, nameOf } from './context.ts';

/** Fields of the body of every decision. */
export const decisionFields = {
  reason: z
    .string()
    .refine((text) => readReason(text) !== undefined, reasonRule)
    // No transform: the description of a body would lose its examples.
    .overwrite((text) => readReason(text) ?? '')
    .describe('kept in the history with the name of the operator'),
  dryRun: z.boolean().default(false).describe('whether nothing is changed'),
};

export const exampleReason = 'DST has put it right';

const outcomes = ['done', 'dry-run', 'nothing-to-do'] as const;

export const reportFields = {
  outcome: z.enum(outcomes),
  planned: z.array(z.string()).readonly().describe('what the decision does, in sentences'),
  completed: z.array(z.string()).readonly().describe('what was done, in sentences'),
};

/** Course of a decision. */
export type Report = z.infer<z.ZodObject<typeof reportFields>>;

export const reportAnswer = {
  description: 'The decision is carried out, or what it would do',
  body: z.object(reportFields),
};

export const refusedAnswer = errorAnswer(
  'The decision would be of no use, or somebody was faster: look again',
  'Paused already, by olga: a table is restored',
);

type DecisionRequest = { caller: Caller; body: { reason: string; dryRun: boolean } };

/** The operator and the reason of a request. */
export const decisionOf = (request: DecisionRequest): Decision => ({
  by: nameOf(request),
  reason: request.body.reason,
});

/** @throws Refusal with status 409 giving the reason why something can't be done */
export async function orRefuse<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    // Its subclasses are faults of the service.
    if (error instanceof PermanentError && error.name === 'PermanentError') throw refused(error.message);
    throw error;
  }
}

const refused = (error: string) => new Refusal(answer(409, { error }));

/**
 * Carries a decision out, or says what it would do.
 *
 * @param plan plans from the rows as they are now
 * @throws Refusal with status 409 when it can't be carried out
 */
export async function decide(
  operator: OperatorContext,
  request: DecisionRequest,
  plan: () => Promise<Action>,
): Promise<Answer<200, Report>> {
  const action = await orRefuse(plan);
  const { planned, completed } = action;
  if (request.body.dryRun) return answer(200, { outcome: 'dry-run', planned, completed: [] });
  if (!(await commitAction(operator, action, decisionOf(request)))) throw refused(changedMeanwhile);
  return answer(200, { outcome: 'done', planned, completed });
}

/**
 * Records an act in the history that changes no row.
 *
 * @throws Refusal with status 409 when the subject's history changed meanwhile
 */
export async function note(operator: OperatorContext, request: DecisionRequest, action: Action): Promise<void> {
  if (!(await commitAction(operator, action, decisionOf(request)))) throw refused(changedMeanwhile);
}
