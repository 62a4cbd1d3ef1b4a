import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthesize } from './synthesis.ts';

const synthesis = synthesize();
const { template } = synthesis;
const busId = synthesis.idOf('EventBus');
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const parts = [':events:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':event-bus/dst-gateway'];
const busArn = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ...parts]] };

describe('the bus', () => {
  it('is one of our own, whose events are kept for a month', () => {
    expect(Object.keys(synthesis.resources('AWS::Events::EventBus'))).toEqual([busId]);
    template.hasResourceProperties('AWS::Events::Archive', {
      SourceArn: arn(busId),
      EventPattern: { source: ['dst-gateway'] },
      RetentionDays: 30,
    });
  });

  it('keeps them under the key, for which the key is the one of the bus alone', () => {
    const key = arn(synthesis.idOf('EncryptionKey'));
    template.hasResourceProperties('AWS::Events::EventBus', { Name: 'dst-gateway', KmsKeyIdentifier: key });
    template.hasResourceProperties('AWS::Events::Archive', { KmsKeyIdentifier: key });
    const bus = 'kms:EncryptionContext:aws:events:event-bus:arn';
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'events.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
            Condition: { StringEquals: { [bus]: busArn } },
          }),
          Match.objectLike({ Principal: { Service: 'events.amazonaws.com' }, Action: 'kms:DescribeKey' }),
        ]),
      },
    });
  });

  it('puts what it can not encrypt into a queue that needs no key of ours, into which nothing else puts anything', () => {
    const deadLetters = synthesis.idOf('EventsDeadLetterQueue');
    const queue = synthesis.resources('AWS::SQS::Queue')[deadLetters]?.Properties;
    expect(queue).toMatchObject({ SqsManagedSseEnabled: true });
    expect(queue).not.toHaveProperty('KmsMasterKeyId');
    template.hasResourceProperties('AWS::Events::EventBus', { DeadLetterConfig: { Arn: arn(deadLetters) } });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: deadLetters }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Condition: { ArnEquals: { 'aws:SourceArn': busArn } },
          }),
        ]),
      },
    });
  });

  it('gets what is to be published every minute, and a run that fails is told', () => {
    const { id } = synthesis.lambda('history/publish-events');
    expect(synthesis.environment('history/publish-events').EVENT_BUS).toEqual({ Ref: busId });
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Target: { Arn: arn(id), RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: id },
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: arn(synthesis.idOf('PublishFailureQueue')) } },
    });
  });
});
