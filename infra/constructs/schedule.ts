import { Aws, Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { Construct } from 'constructs';
import type { GatewayFunction } from './function.ts';
import type { GatewayKey } from './key.ts';
import { GatewayQueue } from './queue.ts';
import { allow } from './rights.ts';

export interface RunEveryProps {
  readonly key: GatewayKey;
  readonly rate: Duration;
  readonly description: string;
  /** The queue of failed runs, or the output of a new one. Schedules that share a queue share its alarm, too. */
  readonly failures: `${string}FailureQueue` | GatewayQueue;
}

/**
 * Runs a function at a rate. A failed run is not repeated, because the next one is soon, and is reported in a queue: a
 * function's error would never reach the schedule's own dead-letter queue.
 *
 * @returns the queue of failed runs
 */
export function runEvery(scope: Construct, run: GatewayFunction, props: RunEveryProps): GatewayQueue {
  const failures = typeof props.failures === 'string' ? failureQueue(scope, props.failures, props.key) : props.failures;
  allow(run.role, failures.sendStatements);
  const once = { retryAttempts: 0, maxEventAge: Duration.seconds(60) };
  run.lambda.configureAsyncInvoke({ ...once, onFailure: { bind: () => ({ destination: failures.queueArn }) } });
  const conditions = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } };
  const role = new Role(scope, 'ScheduleRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }),
  });
  new Schedule(scope, 'Schedule', {
    description: props.description,
    schedule: ScheduleExpression.rate(props.rate),
    target: new LambdaInvoke(run.lambda, { ...once, role }),
  });
  return failures;
}

const failureQueue = (scope: Construct, output: `${string}FailureQueue`, key: GatewayKey): GatewayQueue =>
  new GatewayQueue(scope, 'Failures', { key, output, retentionPeriod: Duration.days(14) });
