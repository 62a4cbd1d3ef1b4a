import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import type * as z from 'zod';
import type { Log } from '../logger.ts';
import type { Clock } from '../time.ts';
import { eachRecord, type Records, recordsSchema } from './batch.ts';
import { logging } from './logging.ts';
import { skipWhile } from './skip.ts';
import { validate } from './validate.ts';

// The chains of middlewares around the functions, one per kind of function.

/** A function as Lambda calls it; the chain checks the event. */
export type LambdaHandler<Result> = (event: unknown, context: Context) => Promise<Result>;

/** The part of a function's context that every chain needs. */
export interface ChainContext {
  clock: Pick<Clock, 'now'>;
  log: Log;
}

interface Timing {
  /** Milliseconds between the deadline and the function's timeout. */
  margin?: number;
}

interface Skipping {
  /** Called before the work; true skips the work. */
  skip?: () => Promise<boolean>;
}

export interface QueueProps<Body, Result> extends Records<Body, Result>, Timing, Skipping {
  /** Called for each record whose work is skipped. */
  drop?(body: Body): Promise<void>;
}

/** Chain for an SQS queue: handles each record separately and reports failed records, which SQS redelivers. */
export const queue = <Body, Result>(
  context: ChainContext,
  { margin, skip, drop = async () => {}, ...records }: QueueProps<Body, Result>,
): LambdaHandler<SQSBatchResponse> => {
  const deadline = deadlineOf(context, margin);
  return chain(context)
    .use(validate(recordsSchema))
    .use(skipWhile(skip, eachRecord(context.log, { body: records.body, handle: drop }, deadline)))
    .handler(eachRecord(context.log, records, deadline));
};

export interface ScheduleProps extends Timing, Skipping {
  /** @param deadline in milliseconds since 1970 */
  run(deadline: number): Promise<void>;
}

/** Chain for a schedule. The event is ignored. */
export const schedule = (context: ChainContext, { margin, skip, run }: ScheduleProps): LambdaHandler<void> =>
  chain(context)
    .use(skipWhile(skip, () => undefined))
    .handler((_event, lambda) => run(deadlineOf(context, margin)(lambda)));

export interface InvocationProps<Input, Output> extends Timing {
  input: z.ZodType<Input>;
  /** @param deadline in milliseconds since 1970 */
  run(input: Input, deadline: number): Promise<Output>;
}

/** Chain for a call that gets the output: of a state machine, or of a caller who may invoke the function. */
export const invocation = <Input, Output>(
  context: ChainContext,
  { input, margin, run }: InvocationProps<Input, Output>,
): LambdaHandler<Output> =>
  chain(context)
    .use(validate(input))
    .handler((checked, lambda) => run(checked, deadlineOf(context, margin)(lambda)));

/**
 * The middlewares of every function. Middy's early timeout stays off: middy would answer while the work continues into the next
 * invocation of the same environment, whereas Lambda's timeout ends the environment. Work stops at the deadline instead,
 * measured with the context's clock, so that simulations control it.
 */
const chain = ({ log }: ChainContext) => middy({ timeoutEarlyInMillis: 0 }).use(logging(log));

const deadlineOf =
  ({ clock }: ChainContext, margin = 0) =>
  (lambda: Context): number =>
    clock.now() + lambda.getRemainingTimeInMillis() - margin;
