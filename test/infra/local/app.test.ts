import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundle } from '../../../infra/bundle/bundle.ts';
import { region } from '../../../infra/local/resources.ts';
import { type LocalGateway, startGateway } from '../../../infra/local/runner.ts';
import { parseSettings } from '../../../infra/settings.ts';
import { GatewayStack } from '../../../infra/stack.ts';
import { runOperatorHere } from '../../cli/run-operator.ts';
import { messageFunctions, transferFunctions, writeFunctions } from '../template/synthesis.ts';
import { useTemporaryDirectories } from './local-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();

describe("the gateway's own template on one machine", () => {
  const dataDirectory = temporaryDirectory();
  let gateway: LocalGateway;
  const invocations: { name: string; payload: string }[] = [];
  const logged: string[] = [];

  beforeAll(async () => {
    gateway = await startGateway({
      assembly: await synthesizeApp({
        'messages/poll': 'async () => process.env.POLL_SECONDS',
        'files/prepare-transfer': "async (event) => ({ ...event, next: 'copy', attempt: 1 })",
        'files/copy-files':
          "async (event) => ({ ...event, next: event.attempt < 3 ? 'copy' : 'complete', attempt: event.attempt + 1 })",
        'live/api': `async ({ requestContext, body }) => {
          console.log(JSON.stringify({ ...requestContext, body, callbackUrl: process.env.LIVE_CALLBACK_URL }));
          return { statusCode: body === 'bad' ? 'none' : 200 };
        }`,
        'files/complete-transfer': "async (event) => ({ ...event, next: 'stop', completed: true })",
      }),
      dataDirectory,
      environment: { PORTAL_URL: 'http://127.0.0.1:1', POLL_SECONDS: '5' },
      secrets: { PortalApiKeySecret: 'key' },
      onLog: (line) => logged.push(line),
    });
    gateway.events.on('invocation', ({ name, outcome }) => invocations.push({ name, payload: outcome.payload }));
  });
  afterAll(() => gateway.stop());

  it('has eighteen tables, four buckets, and every queue with its dead letters', () => {
    const { dynamodb, s3, sqs, portal } = gateway.endpoints;
    const tables = [
      'accounts',
      'attempts',
      'channels',
      'connections',
      'control',
      'files',
      'history',
      'incidents',
      'lines',
      'members',
      'messages',
      'processes',
      'projects',
      'sessions',
      'subscriptions',
      'unpublished',
      'users',
      'workspaces',
    ];
    expect(Object.keys(dynamodb.tables).sort()).toEqual(tables);
    expect(Object.keys(s3.buckets).sort()).toEqual(['attachments', 'files', 'internal', 'workspaces']);
    const queues = Object.keys(messageFunctions).flatMap((type) => [type, `${type}DeadLetter`]);
    expect(Object.keys(sqs.queues)).toEqual(expect.arrayContaining(queues));
    expect(portal.url).toBe('http://127.0.0.1:1');
  });

  it('polls at once', async () => {
    await vi.waitFor(() => expect(invocations).toContainEqual({ name: 'poll', payload: '"5"' }));
  });

  it('polls when an operator says so', async () => {
    const before = invocations.length;
    const { code, errors } = await runOperatorHere(['poll-now', '--data-dir', dataDirectory], {});
    // The substitute of the poll counts no polls.
    expect([code, errors]).toEqual([1, 'Another poll is at work: wait for its end\n']);
    expect(invocations.slice(before)).toContainEqual({ name: 'poll', payload: '"5"' });
  });

  it.each(Object.entries(messageFunctions))('gives %s to %s', async (type, entry) => {
    const sqs = new SQSClient({
      region,
      credentials: gateway.endpoints.credentials,
      endpoint: gateway.endpoints.sqs.endpoint,
    });
    await sqs.send(new SendMessageCommand({ QueueUrl: gateway.endpoints.sqs.queues[type], MessageBody: '{}' }));
    const name = entry.split('/').at(-1);
    await vi.waitFor(() => expect(invocations.map((invocation) => invocation.name)).toContain(name), 5_000);
  });

  it('serves its WebSocket API, and lets functions post to connections', async () => {
    const { credentials, live } = gateway.endpoints;
    const { url, callbackUrl } = live ?? expect.fail('There is no WebSocket API');
    const socket = new WebSocket(url);
    const received: string[] = [];
    socket.addEventListener('message', ({ data }) => received.push(data));
    const opened = new Promise((resolve) => socket.addEventListener('open', resolve));
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve));
    await opened;
    socket.send('bad');
    await vi.waitFor(() => expect(received).toEqual([expect.stringContaining('"message":"Internal server error"')]));
    const events = logged.flatMap((line) => (line.startsWith('api {') ? JSON.parse(line.slice('api '.length)) : []));
    expect(events).toMatchObject([
      { routeKey: '$connect', callbackUrl },
      { routeKey: '$default', body: 'bad', callbackUrl },
    ]);

    const management = new ApiGatewayManagementApiClient({ region, credentials, endpoint: callbackUrl });
    const ConnectionId = events[0].connectionId;
    await management.send(new PostToConnectionCommand({ ConnectionId, Data: 'pushed' }));
    await management.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(await closed).toMatchObject({ code: 1000 });
    expect(received[1]).toBe('pushed');
    const log = () =>
      readFileSync(join(dataDirectory, 'logs', 'live-access.log'), 'utf8')
        .trim()
        .split('\n');
    await vi.waitFor(() => expect(log()).toHaveLength(3));
    expect(log().map((line) => JSON.parse(line))).toMatchObject([
      { service: 'dst-gateway', event: 'CONNECT', route: '$connect', status: '200', connectionId: ConnectionId },
      { event: 'MESSAGE', route: '$default', status: '502' },
      { event: 'DISCONNECT', route: '$disconnect', status: '200' },
    ]);
  });

  it('moves a transfer through its states', async () => {
    const { credentials, stepFunctions } = gateway.endpoints;
    const { endpoint, machines } = stepFunctions;
    const sfn = new SFNClient({ region, credentials, endpoint });
    const input = JSON.stringify({ transfer: 't', kind: 'delivery' });
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn: machines.Transfer, input }));

    const execution = await vi.waitFor(async () => {
      const { status, output = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      expect(status).toBe('SUCCEEDED');
      return output;
    }, 10_000);

    const output = { transfer: 't', kind: 'delivery', next: 'stop', attempt: 4, completed: true };
    expect(JSON.parse(execution)).toEqual(output);
    const states = invocations
      .map(({ name }) => name)
      .filter((name) => Object.values(transferFunctions).includes(`files/${name}`));
    expect(states).toEqual(['prepare-transfer', 'copy-files', 'copy-files', 'copy-files', 'complete-transfer']);
    await vi.waitFor(() => expect(gateway.memory('copy-files').maxRss).toBeGreaterThan(10 * 1024 * 1024));
  });
});

async function synthesizeApp(handlers: Record<string, string>): Promise<string> {
  const functions = writeFunctions(join(temporaryDirectory(), 'functions'));
  for (const [entry, handler] of Object.entries(handlers)) {
    writeFileSync(join(functions, `${entry}.ts`), `export const handler = ${handler};\n`);
  }
  const app = new App({ outdir: temporaryDirectory(), analyticsReporting: false });
  const bundles = await bundle(functions, temporaryDirectory());
  new GatewayStack(app, 'dst-gateway', { settings: parseSettings({}), bundles });
  return app.synth().directory;
}
