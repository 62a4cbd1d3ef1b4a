import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { synthesize } from './synthesis.ts';

const synthesis = synthesize({ maxConcurrency: '7' });
const { template } = synthesis;
const queueId = synthesis.idOf('OutboxQueue');
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

describe('the outbox', () => {
  const bucket = synthesis.resources('AWS::S3::Bucket')[synthesis.idOf('FilesBucket')];

  it('tells one queue what is put into it, and nothing of other objects', () => {
    expect(bucket?.Properties.NotificationConfiguration).toEqual({
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Queue: arn(queueId),
          Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'outbox/' }] } },
        },
      ],
    });
  });

  it('may do so, for the buckets of this account only, before the bucket is made', () => {
    const policies = template.findResources('AWS::SQS::QueuePolicy', { Properties: { Queues: [{ Ref: queueId }] } });
    const [policyId = ''] = Object.keys(policies);
    const { DependsOn } = z
      .object({ DependsOn: z.array(z.string()) })
      .parse(template.toJSON().Resources[synthesis.idOf('FilesBucket')]);

    expect(DependsOn).toContain(policyId);
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: queueId }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: 'sqs:SendMessage',
            Effect: 'Allow',
            Principal: { Service: 's3.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
            Resource: arn(queueId),
          },
        ]),
      },
    });
  });

  it('needs no custom resource for that', () => {
    const types = Object.values(
      z.record(z.string(), z.object({ Type: z.string() })).parse(template.toJSON().Resources),
    );
    expect(types.filter(({ Type }) => /^Custom::(?!CDKBucketDeployment)|CustomResource/.test(Type))).toEqual([]);
  });

  it('is registered from its queue, ten at a time, reporting what failed', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionName: { Ref: synthesis.lambda('files/register-result').id },
      EventSourceArn: arn(queueId),
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 7 },
    });
  });

  it('hides what it has given for six times as long as its function may take', () => {
    const { Timeout } = synthesis.lambda('files/register-result').properties;
    const queue = synthesis.resources('AWS::SQS::Queue')[queueId]?.Properties;
    expect(Timeout).toBeGreaterThan(0);
    expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Number(Timeout));
  });

  it('is swept every 15 minutes, each time once, and tells of a sweep that failed', () => {
    const { id } = synthesis.lambda('files/sweep-outbox');
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(15 minutes)',
      State: 'ENABLED',
      Target: { Arn: arn(id), RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: id },
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: arn(synthesis.idOf('SweepFailureQueue')) } },
    });
  });
});
