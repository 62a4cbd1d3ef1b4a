import type { Context } from 'aws-lambda';

/**
 * The context of an invocation, as Lambda passes it.
 *
 * @param timeLeft of the function, in milliseconds
 */
export const lambdaContext = (timeLeft: () => number = () => 30_000, awsRequestId = 'request-1'): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'function',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:function',
  memoryLimitInMB: '256',
  awsRequestId,
  logGroupName: '/aws/lambda/function',
  logStreamName: '2026/11/28/[$LATEST]00000000000000000000000000000000',
  getRemainingTimeInMillis: timeLeft,
  done: () => {},
  fail: () => {},
  succeed: () => {},
});
