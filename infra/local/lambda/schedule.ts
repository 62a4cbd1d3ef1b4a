import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { nameOf, type Resource } from '../resources.ts';
import type { Sqs } from '../services/sqs.ts';
import type { LambdaFunction } from './lambda.ts';

/** Most running invocations of a scheduled function. Beyond that a run is skipped, so that a slow function does not pile up. */
const maxAtOnce = 2;
const secondsOf: Record<string, number> = { minute: 60, hour: 3_600, day: 86_400 };

const scheduleSchema = z.object({
  ScheduleExpression: z.string(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Target: z.object({ Arn: z.string(), Input: z.string().default('{}') }),
});

const invokeConfigSchema = z.object({
  FunctionName: z.string(),
  MaximumRetryAttempts: z.literal(0), // Retries of asynchronous invocations are not served here: they would follow minutes later.
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }).optional() }).default({}),
});

/** Queues of failed asynchronous invocations, by function. */
export function failureQueues(configs: Resource[]): Map<string, string> {
  const queues = new Map<string, string>();
  for (const { properties } of configs) {
    const { FunctionName, DestinationConfig } = invokeConfigSchema.parse(properties);
    const arn = DestinationConfig.OnFailure?.Destination;
    if (arn) queues.set(nameOf(FunctionName), nameOf(arn));
  }
  return queues;
}

/** The interval of a rate expression, in ms. */
export function intervalOf(expression: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const seconds = secondsOf[unit];
  if (seconds === undefined) throw new ConfigurationError(`The local runner doesn't know the schedule ${expression}`);
  return Number(count) * seconds * 1000;
}

/** The interval of a schedule in the template, in ms. */
export const intervalIn = ({ properties }: Resource) => intervalOf(scheduleSchema.parse(properties).ScheduleExpression);

/** The logical id of the function that a schedule invokes. */
export const targetOf = ({ properties }: Resource) => nameOf(scheduleSchema.parse(properties).Target.Arn);

/**
 * Invokes a function at once and then at every interval, asynchronously as EventBridge Scheduler does: a run may overlap the
 * one before, and a failure goes to the function's on-failure destination.
 * @returns a function that stops the schedule; running invocations continue
 */
export function startSchedule(
  { properties }: Resource,
  { sqs, target, failureQueue, interval, onLog }: ScheduleOptions,
): () => void {
  const { State, Target } = scheduleSchema.parse(properties);
  if (State === 'DISABLED') return () => {};
  const lambda = target(nameOf(Target.Arn));
  let atWork = 0;

  async function run(): Promise<void> {
    if (atWork >= maxAtOnce) return;
    atWork++;
    try {
      const { requestId, payload, functionError } = await lambda.invoke(JSON.parse(Target.Input));
      if (!functionError) return;
      onLog(`${lambda.name} failed: ${functionError.errorType}`);
      const queue = failureQueue(nameOf(Target.Arn));
      if (queue) await sqs.send(queue, JSON.stringify(failureRecord(requestId, Target, payload)));
    } finally {
      atWork--;
    }
  }
  const turn = () => void run().catch((error) => onLog(`${lambda.name}: ${error}`));
  turn();
  const timer = setInterval(turn, interval);
  return () => clearInterval(timer);
}

export interface ScheduleOptions {
  sqs: Sqs;
  target: (functionId: string) => LambdaFunction;
  failureQueue: (functionId: string) => string | undefined;
  /** Between two runs, in ms. */
  interval: number;
  onLog: (line: string) => void;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function failureRecord(requestId: string, target: { Arn: string; Input: string }, payload: string): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId,
      functionArn: `${target.Arn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 1,
    },
    requestPayload: JSON.parse(target.Input),
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: JSON.parse(payload),
  };
}
