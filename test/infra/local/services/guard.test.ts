import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { region } from '../../../../infra/local/resources.ts';
import { type LocalGateway, startGateway } from '../../../../infra/local/runner.ts';
import { createGuard, type LocalCredentials } from '../../../../infra/local/services/guard.ts';
import { synthesizeFixture, useTemporaryDirectories } from '../local-fixture.ts';
import { raw } from '../s3/s3-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();
let gateway: LocalGateway;
/** Ports of embedded services that tests before these started in the same process. */
let earlierPorts: Set<string>;

beforeAll(async () => {
  earlierPorts = new Set(portsOf(descendants(process.pid)));
  gateway = await startGateway({
    assembly: synthesizeFixture(temporaryDirectory()),
    dataDirectory: temporaryDirectory(),
    secrets: { ApiKeySecret: 'the key' },
  });
});
afterAll(() => gateway.stop());

const services = ['dynamodb', 's3', 'sqs', 'secretsManager', 'stepFunctions', 'lambda'] as const;
type Service = (typeof services)[number];

/** A request of each service, as the SDK makes it. */
function ask(service: Service, credentials: LocalCredentials): Promise<unknown> {
  const { dynamodb, s3, sqs, secretsManager, lambda } = gateway.endpoints;
  const common = { region, credentials, maxAttempts: 1 };
  switch (service) {
    case 'dynamodb':
      return new DynamoDBClient({ ...common, endpoint: dynamodb.endpoint }).send(new ListTablesCommand({}));
    case 's3': {
      const client = new S3Client({ ...common, endpoint: s3.endpoint, forcePathStyle: true });
      return client.send(new ListObjectsV2Command({ Bucket: s3.buckets.files, Prefix: 'a b/å+%' }));
    }
    case 'sqs':
      return new SQSClient({ ...common, endpoint: sqs.endpoint }).send(new GetQueueUrlCommand({ QueueName: 'none' }));
    case 'lambda': {
      const client = new LambdaClient({ ...common, endpoint: lambda.endpoint });
      return client.send(new InvokeCommand({ FunctionName: 'arn:aws:lambda:eu-north-1:000000000000:function:echo' }));
    }
    default: {
      const client = new SecretsManagerClient({ ...common, endpoint: secretsManager.endpoint });
      return client.send(new GetSecretValueCommand({ SecretId: secretsManager.secrets.ApiKey }));
    }
  }
}

describe.each(services)('%s', (service) => {
  it('refuses who does not sign', async () => {
    const answer = await raw(gateway.endpoints[service].endpoint, { method: 'POST', path: '/', headers: target, body });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('MissingAuthenticationToken');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('refuses who signs with another secret', async () => {
    const refused = ask(service, { ...gateway.endpoints.credentials, secretAccessKey: 'local' });
    await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });

  it('lets in who signs with the secret, under whatever access key', async () => {
    const { secretAccessKey } = gateway.endpoints.credentials;
    const asked = ask(service, { accessKeyId: 'anything', secretAccessKey });
    // The queue that is asked for does not exist.
    await expect(asked.catch(({ name }) => name)).resolves.toEqual(
      service === 'sqs' ? 'QueueDoesNotExist' : expect.any(Object),
    );
  });

  it.each([
    { host: 'pages.example:80' },
    { host: '127.0.0.1.pages.example' },
    { origin: 'https://pages.example' },
    { origin: 'null' },
  ])('refuses a page of a browser: %j', async (headers) => {
    const { endpoint } = gateway.endpoints[service];
    const answer = await raw(endpoint, { method: 'POST', path: '/', headers: { ...target, ...headers }, body });
    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('AccessDenied') });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('refuses the question of a browser before it sends a request', async () => {
    const headers = { origin: 'https://pages.example', 'access-control-request-method': 'POST' };
    const answer = await raw(gateway.endpoints[service].endpoint, { method: 'OPTIONS', path: '/', headers });
    expect(answer.status).toBe(403);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

const target = { 'x-amz-target': 'DynamoDB_20120810.ListTables', 'content-type': 'application/x-amz-json-1.0' };
const body = '{}';

it('has no other port that lets anybody in', async () => {
  const ports = portsOf(descendants(process.pid)).filter((endpoint) => !earlierPorts.has(endpoint));
  expect(ports.length).toBeGreaterThanOrEqual(4);
  for (const endpoint of ports) {
    const answer = await raw(endpoint, { method: 'POST', path: '/', headers: target, body });
    expect([endpoint, answer.status]).toEqual([endpoint, 403]);
  }
  expect(gateway.warnings).toEqual([]);
});

it('takes long content for S3, which is not in memory when its signature is checked', async () => {
  const { s3, credentials } = gateway.endpoints;
  const client = new S3Client({ region, credentials, endpoint: s3.endpoint, forcePathStyle: true });
  const Body = Buffer.alloc(3_000_000, 7);
  await client.send(new PutObjectCommand({ Bucket: s3.buckets.files, Key: "ä'(1)*!~+&.txt", Body }));
});

it('goes on with a connection whose first request was signed', async () => {
  const { credentials, dynamodb } = gateway.endpoints;
  const client = new DynamoDBClient({ region, credentials, endpoint: dynamodb.endpoint });
  for (let turn = 0; turn < 3; turn++) {
    const many = Array.from({ length: 20 }, () => client.send(new ListTablesCommand({})));
    for (const { TableNames } of await Promise.all(many)) expect(TableNames).toHaveLength(3);
  }
});

describe('a guard', () => {
  const request = { method: 'POST', url: '/', headers: { host: '127.0.0.1:1' } };

  it('refuses what was signed long ago', async () => {
    let signed = { ...request, headers: { host: '' } };
    const client = new DynamoDBClient({
      region,
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    client.middlewareStack.add(
      () => async (args) => {
        signed = { ...signed, ...(args.request as typeof signed) };
        return { output: { $metadata: {} }, response: undefined };
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await client.send(new ListTablesCommand({}));
    const guard = createGuard('b');
    const names = Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]);
    const sent = { ...request, headers: Object.fromEntries(names) };

    expect(await guard(sent)).toBeUndefined();
    expect(await guard({ ...sent, url: '/other' })).toMatchObject({ code: 'SignatureDoesNotMatch' });
    vi.useFakeTimers({ now: Date.now() + 16 * 60_000 });
    expect(await guard(sent)).toMatchObject({ code: 'RequestTimeTooSkewed' });
    vi.useRealTimers();
  });

  it.each(['', 'Basic YTpi', 'AWS4-HMAC-SHA256 Credential=a/20260101/r/s/aws4_request'])(
    'is not impressed by %j',
    async (authorization) => {
      const headers = { ...request.headers, authorization, 'x-amz-date': '20260101T000000Z' };
      expect(await createGuard('b')({ ...request, headers })).toMatchObject({ code: 'MissingAuthenticationToken' });
    },
  );
});

function descendants(pid: number): number[] {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = parents.map(Number).filter((each) => parentOf(each) === pid);
  return [pid, ...children.flatMap(descendants)];
}

function parentOf(pid: number): number {
  try {
    const [, , parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/\(.*\)/s, '')
      .split(/ +/);
    return Number(parent);
  } catch {
    return 0; // It ended in the meantime.
  }
}

/** The URLs at which processes listen, of those that this process can reach. */
function portsOf(pids: number[]): string[] {
  const sockets = new Set(pids.flatMap(socketsOf));
  const rows = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/ +/);
    const [address = '', port = ''] = local.split(':');
    if (state !== '0A' || !sockets.has(`socket:[${inode}]`)) return [];
    const host = address
      .match(/../g)
      ?.reverse()
      .map((part) => Number.parseInt(part, 16))
      .join('.');
    return `http://${host}:${Number.parseInt(port, 16)}`;
  });
}

function socketsOf(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((name) => {
    try {
      return readlinkSync(`${directory}/${name}`);
    } catch {
      return []; // Closed in the meantime.
    }
  });
}
