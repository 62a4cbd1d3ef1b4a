import { Aws, Duration } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { GatewayBucket } from '../constructs/bucket.ts';
import { GatewayFunction } from '../constructs/function.ts';
import type { Platform } from '../constructs/platform.ts';
import { functionQueue, functionTimeout, type GatewayQueue } from '../constructs/queue.ts';
import type { ResourceAccess } from '../constructs/rights.ts';
import { runEvery } from '../constructs/schedule.ts';

const prefix = 'outbox/';

export interface OutboxProps {
  readonly platform: Platform;
  readonly bucket: GatewayBucket;
  readonly messageAccess: readonly ResourceAccess[];
  readonly transferStartAccess: readonly ResourceAccess[];
}

/**
 * Results for DST: S3 notifies a queue of objects put under `outbox/`, and an infrequent sweep finds objects without a
 * notification.
 */
export class Outbox extends Construct {
  /** Queue for sweeps that failed. */
  readonly sweepFailures: GatewayQueue;

  constructor(scope: Construct, id: string, { platform, bucket, messageAccess, transferStartAccess }: OutboxProps) {
    super(scope, id);
    const access = [...messageAccess, ...transferStartAccess, ...registrationAccess(platform, bucket)];
    const queue = functionQueue(this, 'Outbox', platform.key);
    platform.key.allowService('s3.amazonaws.com');
    notify(bucket, queue);
    const register = new GatewayFunction(this, 'Register', {
      platform,
      entry: 'files/register-result',
      memorySize: 256,
      timeout: functionTimeout,
      access,
    });
    register.lambda.addEventSource(
      new SqsEventSource(queue, {
        batchSize: 10,
        maxConcurrency: platform.settings.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    const sweep = new GatewayFunction(this, 'Sweep', {
      platform,
      entry: 'files/sweep-outbox',
      memorySize: 256,
      timeout: Duration.minutes(5),
      access,
    });
    this.sweepFailures = runEvery(this, sweep, {
      key: platform.key,
      rate: Duration.minutes(15),
      description: 'Registers results whose notification was lost',
      failures: 'SweepFailureQueue',
    });
  }
}

/** Access for registering objects of the outbox. */
export function registrationAccess({ tables, historyAccess }: Platform, bucket: GatewayBucket): ResourceAccess[] {
  return [
    tables.projects.access('GetItem', 'ConditionCheckItem'),
    tables.members.access('PutItem'),
    tables.lines.access('PutItem'),
    tables.files.access('PutItem'),
    tables.incidents.access('GetItem'),
    historyAccess('Query'),
    bucket.access('ListBucket'),
    // A conditional delete needs the right to read, too (Amazon S3 user guide, "Conditional deletes").
    bucket.toObjects(prefix, 'GetObject', 'DeleteObject'),
  ];
}

/**
 * Makes S3 notify a queue of every object put under the prefix. Native CloudFormation, because CDK uses a custom resource whose
 * function may change the notifications of every bucket.
 */
function notify(bucket: GatewayBucket, queue: Queue): void {
  const { policyDependable } = queue.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // Not the bucket's ARN, because the bucket depends on this policy, which S3 checks when the notification is configured.
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  const { defaultChild } = bucket.node;
  if (!(defaultChild instanceof CfnBucket)) throw new TypeError('The bucket has no CloudFormation resource');
  defaultChild.notificationConfiguration = {
    queueConfigurations: [
      {
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      },
    ],
  };
  if (policyDependable) bucket.node.addDependency(policyDependable);
}
