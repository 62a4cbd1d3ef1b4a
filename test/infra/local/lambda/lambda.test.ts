import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type LocalGateway, startGateway } from '../../../../infra/local/runner.ts';
import { synthesizeFixture, useTemporaryDirectories } from '../local-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();

const echoed = z.object({
  event: z.json(),
  environment: z.record(z.string(), z.string()),
  context: z.record(z.string(), z.json()),
  remaining: z.number(),
  invocations: z.number(),
});

describe('functions on one machine', () => {
  const dataDirectory = temporaryDirectory();
  const lines: string[] = [];
  let gateway: LocalGateway;

  beforeAll(async () => {
    process.env.NOT_FOR_FUNCTIONS = 'secret of the parent';
    gateway = await startGateway({
      assembly: synthesizeFixture(temporaryDirectory()),
      dataDirectory,
      environment: { COLOUR: 'red', UNKNOWN: 'never given' },
      onLog: (line) => lines.push(line),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    delete process.env.NOT_FOR_FUNCTIONS;
  });

  const echo = async (event?: unknown) => echoed.parse(JSON.parse((await gateway.invoke('echo', event)).payload));

  it('gives a function its event and context, and returns its answer', async () => {
    const { event, context, remaining } = await echo({ hello: 'wörld' });

    expect(event).toEqual({ hello: 'wörld' });
    expect(remaining).toBeGreaterThan(5_000);
    expect(remaining).toBeLessThanOrEqual(10_000);
    expect(context).toMatchObject({
      functionName: expect.stringContaining('echo'),
      memoryLimitInMB: '128',
      invokedFunctionArn: expect.stringMatching(/^arn:aws:lambda:.*:function:echo/),
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('gives a function its own environment only, with the variables it has overridden', async () => {
    const { environment } = await echo();

    expect(environment).toMatchObject({
      COLOUR: 'red',
      AWS_REGION: 'eu-north-1',
      AWS_ENDPOINT_URL_SQS: gateway.endpoints.sqs.endpoint,
      TABLE: gateway.endpoints.dynamodb.tables.messages,
      QUEUE_URL: gateway.endpoints.sqs.queues.Work,
    });
    expect(environment).not.toHaveProperty('UNKNOWN');
    expect(environment).not.toHaveProperty('NOT_FOR_FUNCTIONS');
  });

  it('uses an environment again, and never for two invocations at a time', async () => {
    const first = (await echo()).invocations;
    expect((await echo()).invocations).toBe(first + 1);

    const overlaps = await Promise.all(Array.from({ length: 25 }, () => gateway.invoke('overlap')));
    expect(overlaps.map(({ payload }) => payload)).toEqual(Array(25).fill('0'));
  });

  it('writes what a function prints to its log', async () => {
    await echo();
    await vi.waitFor(() => expect(lines).toContain('echo echo was here'));
    await vi.waitFor(() =>
      expect(readFileSync(join(dataDirectory, 'logs', 'echo.log'), 'utf8')).toContain('echo was here'),
    );
  });

  it.each([
    ['raise', 'TypeError', 'as asked'],
    ['slow', 'Sandbox.Timedout', 'Task timed out after 1.00 seconds'],
    ['spin', 'Sandbox.Timedout', 'Task timed out after 1.00 seconds'],
    ['exit', 'Runtime.ExitError', 'exit status 3'],
    ['crash', 'Runtime.ExitError', 'nobody catches this'],
    ['hog', 'Runtime.OutOfMemory', 'signal: killed'],
  ])('answers with an error when a function ends by %s, and goes on', async (name, errorType, message) => {
    for (let time = 0; time < 2; time++) {
      const { functionError, payload } = await gateway.invoke(name);
      expect(functionError).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
      expect(JSON.parse(payload)).toEqual(functionError);
    }
  });

  it('runs a long function in a process of its own and measures its memory', async () => {
    const megabyte = 1024 * 1024;
    expect((await gateway.invoke('fill', 1)).payload).toBe(`${megabyte}`);
    await vi.waitFor(() => expect(gateway.memory('fill').maxRss).toBeGreaterThan(20 * megabyte));
    const before = gateway.memory('fill').maxRss;

    await gateway.invoke('fill', 200);

    await vi.waitFor(() => expect(gateway.memory('fill').maxRss).toBeGreaterThan(before + 150 * megabyte));
    expect(gateway.memory('echo').maxRss).toBe(0);
  });

  it('starts a function in a fraction of a second', async () => {
    const start = performance.now();
    await gateway.invoke('mend');
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('invokes a function without a wait for its answer, when asked to by the type Event', async () => {
    const { credentials, lambda } = gateway.endpoints;
    const client = new LambdaClient({ endpoint: lambda.endpoint, credentials, region: 'eu-north-1' });
    const ended = new Map<string, string>();
    gateway.events.on('invocation', ({ name, outcome }) => ended.set(name, outcome.payload));
    const ask = (FunctionName: string, Payload = '{}') =>
      client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));

    expect(await ask('slow')).toMatchObject({ StatusCode: 202 });
    // An invocation that runs as long as somebody is connected is no work that the gateway has left.
    await vi.waitFor(async () => expect(await gateway.activity()).toMatchObject({ invocations: 0 }));
    expect(ended.has('slow')).toBe(false);
    expect(await ask('step', '{"a":1}')).toMatchObject({ StatusCode: 202 });
    await vi.waitFor(() => expect(ended.get('step')).toBe('{"a":1,"stepped":true}'));
    await expect(ask('nothing')).rejects.toThrow('There is no function nothing');
    client.destroy();
  });

  it('does not know a function that is not in the template', async () => {
    await expect(gateway.invoke('nobody')).rejects.toThrow('no function nobody');
  });
});
