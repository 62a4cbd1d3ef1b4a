import { z } from 'zod';
import { nameOf, type ServedResource } from '../resources.ts';
import type { Sqs } from '../services/sqs.ts';
import type { LambdaFunction } from './lambda.ts';

const invokeConfigSchema = z.object({
  FunctionName: z.string(),
  MaximumRetryAttempts: z.literal(0), // Retries of asynchronous invocations are not served here: they would follow minutes later.
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }).optional() }).default({}),
});

export interface AsynchronousInvocations {
  /** Invokes a function; a failure is logged and goes to the function's on-failure destination. @param arn the function's */
  invoke(arn: string, payload: unknown): Promise<void>;
}

/**
 * Invocations whose callers do not wait for the answer: those of EventBridge Scheduler, and those by Lambda's Invoke of the type
 * `Event`.
 *
 * @param configs `AWS::Lambda::EventInvokeConfig` of the template
 */
export function createAsynchronousInvocations(
  configs: readonly ServedResource[],
  { sqs, target, onLog }: { sqs: Sqs; target(functionId: string): LambdaFunction; onLog(line: string): void },
): AsynchronousInvocations {
  const queues = failureQueues(configs);
  return {
    async invoke(arn, input) {
      const lambda = target(nameOf(arn));
      try {
        const { requestId, payload, functionError } = await lambda.invoke(input);
        if (!functionError) return;
        onLog(`${lambda.name} failed: ${functionError.errorType}`);
        const queue = queues.get(nameOf(arn));
        if (queue) await sqs.send(queue, JSON.stringify(failureRecord(requestId, arn, input, payload)));
      } catch (error) {
        onLog(`${lambda.name}: ${error}`);
      }
    },
  };
}

/** Queues of failed asynchronous invocations, by function. */
function failureQueues(configs: readonly ServedResource[]): Map<string, string> {
  const queues = new Map<string, string>();
  for (const { properties } of configs) {
    const { FunctionName, DestinationConfig } = invokeConfigSchema.parse(properties);
    const arn = DestinationConfig.OnFailure?.Destination;
    if (arn) queues.set(nameOf(FunctionName), nameOf(arn));
  }
  return queues;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function failureRecord(requestId: string, arn: string, input: unknown, payload: string): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId,
      functionArn: `${arn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 1,
    },
    requestPayload: input,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: JSON.parse(payload),
  };
}
