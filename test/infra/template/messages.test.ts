import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { messageTypes } from '../../../shared/portal/message-schema.ts';
import { messageFunctions, synthesize } from './synthesis.ts';

const synthesis = synthesize({ pollMinutes: '1', maxConcurrency: '7' });
const { template } = synthesis;

describe('the schedule of the poll', () => {
  it('invokes poll every minute', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: { 'Fn::GetAtt': [synthesis.lambda('messages/poll').id, 'Arn'] } },
    });
  });

  it('gives up an invocation after a minute, without a retry, because the next one comes anyway', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
    });
  });

  it("keeps poll's failures in a queue, without retrying them", () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: synthesis.lambda('messages/poll').id },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [synthesis.idOf('PollFailureQueue'), 'Arn'] } },
      },
    });
  });

  it('may invoke poll and nothing else', () => {
    const poll = { 'Fn::GetAtt': [synthesis.lambda('messages/poll').id, 'Arn'] };
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^PollScheduleRole'),
      PolicyDocument: {
        Statement: [{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: poll }],
      },
    });
  });

  it('takes its rate from the setting, in minutes, and tells it to functions in seconds', () => {
    const slower = synthesize({ pollMinutes: 5 });
    slower.template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(5 minutes)' });
    expect(slower.environment('messages/poll').POLL_SECONDS).toBe('300');
  });
});

describe('the message functions', () => {
  it('cover every message type', () => {
    expect(Object.keys(messageFunctions).sort()).toEqual([...messageTypes].sort());
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', messageTypes.length + 1);
  });

  describe.each(Object.entries(messageFunctions))('%s', (type, entry) => {
    const queue = synthesis.resources('AWS::SQS::Queue')[synthesis.idOf(`${type}Queue`)]?.Properties;
    const { id, properties } = synthesis.lambda(entry);

    it('is fed from its own queue, ten at a time, reporting what failed, as concurrent as the setting says', () => {
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        FunctionName: { Ref: id },
        EventSourceArn: { 'Fn::GetAtt': [synthesis.idOf(`${type}Queue`), 'Arn'] },
        BatchSize: 10,
        MaximumBatchingWindowInSeconds: Match.absent(),
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 7 },
      });
    });

    it('has a queue that keeps messages for 4 days and passes them to its own dead-letter queue after 5 receives', () => {
      expect(queue).toMatchObject({
        MessageRetentionPeriod: 4 * 24 * 3600,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': [synthesis.idOf(`${type}DeadLetterQueue`), 'Arn'] },
          maxReceiveCount: 5,
        },
      });
    });

    it('hides a message for six times its timeout of 30 seconds', () => {
      expect(properties.Timeout).toBe(30);
      expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Number(properties.Timeout));
    });

    it('may send to the queues that feed it: Lambda does not cut the loop', () => {
      expect(properties.RecursiveLoop).toBe('Allow');
    });

    it('knows the queue of every type', () => {
      const urls = JSON.stringify(synthesis.environment(entry).QUEUE_URLS);
      for (const known of messageTypes) {
        const pair = JSON.stringify([`"${known}":"`, { Ref: synthesis.idOf(`${known}Queue`) }]);
        expect(urls).toContain(pair.slice(pair.indexOf(known), -1));
      }
    });
  });
});

describe('queues', () => {
  const queues = Object.entries(synthesis.resources('AWS::SQS::Queue'));

  const withDeadLetters = [...messageTypes, 'Outbox'];
  const failures = ['PollFailureQueue', 'SweepFailureQueue', 'PublishFailureQueue', 'EventsDeadLetterQueue'];

  it('are one per type and one of the outbox, each with a dead-letter queue, and those for failures', () => {
    expect(queues).toHaveLength(2 * withDeadLetters.length + failures.length);
    expect(new Set(queues.map(([, { Properties }]) => JSON.stringify(Properties.RedrivePolicy))).size).toBe(
      withDeadLetters.length + 1,
    );
  });

  it('keep for 14 days what nobody handled', () => {
    const dead = [...withDeadLetters.map((name) => `${name}DeadLetterQueue`), ...failures];
    for (const output of dead) {
      const queue = synthesis.resources('AWS::SQS::Queue')[synthesis.idOf(output)];
      expect(queue?.Properties, output).toMatchObject({ MessageRetentionPeriod: 14 * 24 * 3600 });
    }
  });

  it.each(queues)('%s is encrypted and refuses what does not come over TLS', (id, { Properties }) => {
    const key = { KmsMasterKeyId: { 'Fn::GetAtt': [synthesis.idOf('EncryptionKey'), 'Arn'] } };
    // Data that cannot be encrypted with the key comes here.
    const isOfBus = id === synthesis.idOf('EventsDeadLetterQueue');
    expect(Properties).toMatchObject(isOfBus ? { SqsManagedSseEnabled: true } : key);
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: id }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sqs:*',
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });
});
