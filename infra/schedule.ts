import { Duration } from 'aws-cdk-lib';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { output } from './output.ts';

export interface RunEveryProps {
  readonly rate: Duration;
  readonly description: string;
  /** The output that names the queue of the runs that failed. */
  readonly failureOutput: string;
}

/**
 * Runs a function at a rate. A run that fails is not repeated, for the next one comes soon enough, and told in a queue: the
 * schedule's own dead-letter queue would never see a function's error.
 */
export function runEvery(scope: Construct, lambda: Lambda, { rate, description, failureOutput }: RunEveryProps): void {
  const failures = new Queue(scope, 'Failures', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  output(scope, failureOutput, failures.queueUrl);
  const once = { retryAttempts: 0, maxEventAge: Duration.seconds(60) };
  lambda.configureAsyncInvoke({ ...once, onFailure: new SqsDestination(failures) });
  new Schedule(scope, 'Schedule', {
    description,
    schedule: ScheduleExpression.rate(rate),
    target: new LambdaInvoke(lambda, once),
  });
}
