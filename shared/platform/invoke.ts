import { InvokeCommand } from '@aws-sdk/client-lambda';
import { createLambda } from './clients.ts';

/** Creates a function that invokes a Lambda function with an event, without waiting for it. */
export function invoker(functionName: string): (event?: object) => Promise<void> {
  const lambda = createLambda();
  return async (event = {}) => {
    const Payload = JSON.stringify(event);
    await lambda.send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload }));
  };
}
