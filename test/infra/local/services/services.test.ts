import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { failedIds } from '../../../../infra/local/lambda/event-source.ts';
import { intervalOf } from '../../../../infra/local/lambda/schedule.ts';
import { region } from '../../../../infra/local/resources.ts';
import { type LocalGateway, startGateway } from '../../../../infra/local/runner.ts';
import type { LocalCredentials } from '../../../../infra/local/services/guard.ts';
import { addUnknown, synthesizeFixture, useTemporaryDirectories } from '../local-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();

const records = z.object({ Records: z.array(z.object({ body: z.string() }).loose()) });

describe('services on one machine', () => {
  const dataDirectory = temporaryDirectory();
  let gateway: LocalGateway;
  let common: { region: string; credentials: LocalCredentials };
  let sqs: SQSClient;
  let sfn: SFNClient;

  beforeAll(async () => {
    gateway = await startGateway({
      assembly: synthesizeFixture(temporaryDirectory()),
      dataDirectory,
      secrets: { ApiKeySecret: 'the key' },
    });
    common = { region, credentials: gateway.endpoints.credentials };
    sqs = new SQSClient({ ...common, endpoint: gateway.endpoints.sqs.endpoint });
    sfn = new SFNClient({ ...common, endpoint: gateway.endpoints.stepFunctions.endpoint });
  });
  afterAll(() => gateway.stop());

  describe('queues', () => {
    const send = (MessageBody: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl: gateway.endpoints.sqs.queues.Work, MessageBody }));
    const deadLetters = async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: gateway.endpoints.sqs.queues.WorkDeadLetter,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 0,
        }),
      );
      return Messages.map((message) => message.Body);
    };
    const batches = () => {
      const bodies: string[][] = [];
      gateway.events.on('invocation', ({ name, outcome }) => {
        const answer = records.safeParse(JSON.parse(outcome.payload));
        if (name === 'work' && answer.success) bodies.push(answer.data.Records.map((record) => record.body));
      });
      return bodies;
    };

    it('hands a message to the function in the shape that Lambda has', async () => {
      const invoked = Promise.withResolvers<string>();
      gateway.events.on('invocation', ({ name, outcome }) => name === 'work' && invoked.resolve(outcome.payload));

      const { MessageId } = await send('hello');
      const [record] = records.parse(JSON.parse(await invoked.promise)).Records;

      expect(record).toEqual({
        messageId: MessageId,
        receiptHandle: expect.any(String),
        body: 'hello',
        attributes: {
          ApproximateReceiveCount: '1',
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: expect.any(String),
        },
        messageAttributes: {},
        md5OfBody: '5d41402abc4b2a76b9719d911017c592',
        eventSource: 'aws:sqs',
        eventSourceARN: expect.stringMatching(/^arn:aws:sqs:eu-north-1:000000000000:Queue/),
        awsRegion: 'eu-north-1',
      });
    });

    it('tries only the failed messages of a batch again, and moves them to the dead-letter queue in the end', async () => {
      const seen = batches();
      await Promise.all(['fail one', 'good one', 'good two'].map(send));

      await vi.waitFor(async () => expect(await deadLetters()).toEqual(['fail one']), { timeout: 10_000 });

      const count = (body: string) => seen.flat().filter((each) => each === body).length;
      expect([count('good one'), count('good two'), count('fail one')]).toEqual([1, 1, 2]);
      expect((await gateway.activity()).messages).toBe(0);
    });

    it('keeps a whole batch when the function raises an error', async () => {
      await send('raise');
      await vi.waitFor(async () => expect(await deadLetters()).toContain('raise'), { timeout: 10_000 });
    });

    it('works with the queue URL and the endpoint of the environment alone', async () => {
      vi.stubEnv('AWS_ENDPOINT_URL_SQS', gateway.endpoints.sqs.endpoint);
      const plain = new SQSClient(common);
      const QueueUrl = gateway.endpoints.sqs.queues.Work;
      const { Attributes } = await plain.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
      vi.unstubAllEnvs();
      expect(Attributes).toMatchObject({
        VisibilityTimeout: '1',
        RedrivePolicy: expect.stringContaining('"maxReceiveCount":2'),
      });
    });
  });

  it('runs a schedule at once, and sends its failure to the on-failure destination', async () => {
    const QueueUrl = gateway.endpoints.sqs.queues.Failure;
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(JSON.parse(Messages[0]?.Body ?? '')).toMatchObject({
      requestContext: { condition: 'RetriesExhausted' },
      responsePayload: { errorType: 'TickError', errorMessage: 'tick' },
    });
  });

  describe('state machines', () => {
    const start = (name: string, input: object) =>
      sfn.send(new StartExecutionCommand({ stateMachineArn: machineArn(), name, input: JSON.stringify(input) }));
    const machineArn = () => gateway.endpoints.stepFunctions.machines.Work;
    const ended = async (executionArn: string | undefined) =>
      vi.waitFor(
        async () => {
          const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
          expect(execution.status).not.toBe('RUNNING');
          return execution;
        },
        { timeout: 10_000, interval: 100 },
      );

    it('retries what the definition says, and gives the whole input from state to state', async () => {
      const { executionArn } = await start('retried', { id: 7 });
      const { status, output, stopDate } = await ended(executionArn);

      expect(status).toBe('SUCCEEDED');
      expect(JSON.parse(output ?? '')).toEqual({ id: 7, tries: 3, stepped: true });
      expect(stopDate).toBeInstanceOf(Date);
    });

    it('catches an error of a function by its type, with its answer as the cause', async () => {
      const { executionArn } = await start('caught', { raise: 'RangeError' });
      const { output } = await ended(executionArn);

      const { mended } = z
        .object({ mended: z.object({ error: z.object({ Error: z.string(), Cause: z.string() }) }) })
        .parse(JSON.parse(output ?? ''));
      expect(mended.error.Error).toBe('RangeError');
      expect(JSON.parse(mended.error.Cause)).toMatchObject({ errorType: 'RangeError', errorMessage: 'as asked' });
    });

    it('starts an execution once under a name', async () => {
      const input = { hang: true };
      const [first, again] = await Promise.all([start('once', input), start('once', input)]);
      expect(again.executionArn).toBe(first.executionArn);
      await expect(start('once', { id: 2 })).rejects.toThrow(ExecutionAlreadyExists);

      await sfn.send(new StopExecutionCommand({ executionArn: first.executionArn }));
      await ended(first.executionArn);
      await expect(start('once', input)).rejects.toThrow(ExecutionAlreadyExists);
    });

    it('stops an execution', async () => {
      const { executionArn } = await start('stopped', { hang: true });
      await sfn.send(new StopExecutionCommand({ executionArn }));
      expect((await ended(executionArn)).status).toBe('ABORTED');
    });

    it('refuses a state machine that is not there, input that is no JSON, and calls that it does not serve', async () => {
      const missing = new StartExecutionCommand({ stateMachineArn: `${machineArn()}x` });
      const wrong = new StartExecutionCommand({ stateMachineArn: machineArn(), input: '{' });
      await expect(sfn.send(wrong)).rejects.toThrow(expect.objectContaining({ name: 'InvalidExecutionInput' }));
      await expect(sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn() }))).rejects.toThrow(
        'not served',
      );
      await expect(sfn.send(missing)).rejects.toThrow(expect.objectContaining({ name: 'StateMachineDoesNotExist' }));
    });
  });

  describe('secrets', () => {
    const get = async (SecretId: string) => {
      const client = new SecretsManagerClient({ ...common, endpoint: gateway.endpoints.secretsManager.endpoint });
      return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
    };

    it('gives the value that was given, and one that was generated and kept from others', async () => {
      const { ApiKey = '', Password = '' } = gateway.endpoints.secretsManager.secrets;
      expect(await get(ApiKey)).toBe('the key');
      expect(JSON.parse((await get(Password)) ?? '')).toEqual({
        current: '1',
        1: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
      });
      await expect(get(`${ApiKey}x`)).rejects.toThrow(expect.objectContaining({ name: 'ResourceNotFoundException' }));
    });
  });

  it('writes where everything is', () => {
    const written: unknown = JSON.parse(readFileSync(join(dataDirectory, 'endpoints.json'), 'utf8'));
    expect(written).toEqual(gateway.endpoints);
    expect(written).toMatchObject({
      dynamodb: {
        endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        tables: { messages: expect.any(String) },
      },
      s3: { buckets: { files: expect.any(String) } },
      sqs: { queues: { Work: expect.any(String), WorkDeadLetter: expect.any(String) } },
      portal: { url: 'https://portal.example' },
    });
  });
});

describe('what the runner refuses', () => {
  it('names a resource type that it does not know', async () => {
    const starting = startGateway({
      assembly: synthesizeFixture(temporaryDirectory(), addUnknown),
      dataDirectory: temporaryDirectory(),
    });
    await expect(starting).rejects.toThrow("doesn't know AWS::Kinesis::Stream (resource Unheard)");
  });

  it('knows rates only', () => {
    expect(intervalOf('rate(1 minute)')).toBe(60_000);
    expect(intervalOf('rate(2 hours)')).toBe(7_200_000);
    expect(() => intervalOf('cron(0 12 * * ? *)')).toThrow('cron');
  });
});

describe('which messages of a batch failed', () => {
  const ids = ['a', 'b'];
  const answer = (response: unknown) => [
    ...failedIds({ requestId: 'r', payload: JSON.stringify(response) }, ids, true),
  ];

  it.each([
    ['no answer', null, []],
    ['an empty answer', {}, []],
    ['no list', { batchItemFailures: null }, []],
    ['an empty list', { batchItemFailures: [] }, []],
    ['one of two', { batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
    ['an unknown message', { batchItemFailures: [{ itemIdentifier: 'c' }] }, ids],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, ids],
    ['a wrong key', { batchItemFailures: [{ id: 'a' }] }, ids],
    ['something else', 'fine', ids],
  ])('%s', (_name, response, expected) => {
    expect(answer(response)).toEqual(expected);
  });

  it('is all of them after an error, and none of them without partial failures', () => {
    const outcome = { requestId: 'r', payload: '{}' };
    expect([...failedIds({ ...outcome, functionError: { errorType: 'E', errorMessage: '' } }, ids, false)]).toEqual(
      ids,
    );
    expect([
      ...failedIds({ requestId: 'r', payload: '{"batchItemFailures":[{"itemIdentifier":"a"}]}' }, ids, false),
    ]).toEqual([]);
  });
});
