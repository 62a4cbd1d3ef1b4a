import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { bundle } from '../../../infra/bundle/bundle.ts';
import { tableVariables } from '../../../shared/platform/tables.ts';
import { useTemporaryDirectories } from '../local/local-fixture.ts';
import { synthesize } from '../template/synthesis.ts';

const temporaryDirectory = useTemporaryDirectories();

const [{ Command }] = z
  .object({ ContainerDefinitions: z.tuple([z.object({ Command: z.array(z.string()) })]) })
  .parse(synthesize().task.properties).ContainerDefinitions;

const credentials = {
  AccessKeyId: 'AKIDEXAMPLE',
  SecretAccessKey: 'secret-of-the-role',
  Token: 'token/of+the=role',
  Expiration: new Date(Date.now() + 3_600_000).toISOString(),
};
const region = 'eu-north-1';
const printing = "import { basename } from 'node:path'; console.log(basename(import.meta.url), process.env.TRANSFER);";
const path = '/assets-000000000000/0123abcd.mjs';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Run {
  status?: number;
  program?: string;
  environment?: Record<string, string>;
}

/** Runs the container's command, with S3 and ECS's agent on this machine. */
async function run({ status = 200, program = printing, environment = {} }: Run = {}) {
  const requests: IncomingMessage[] = [];
  const agent = await serve((_request, response) => response.end(JSON.stringify(credentials)));
  const s3 = await serve((request, response) => {
    requests.push(request);
    response.writeHead(status).end(program);
  });
  const [, ...options] = Command;
  const child = spawn(process.execPath, options, {
    env: {
      AWS_REGION: region,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${agent}/v2/credentials/role`,
      PROGRAM_URL: `${s3}${path}`,
      PROGRAM_SHA256: createHash('sha256').update(program).digest('hex'),
      TMPDIR: temporaryDirectory(),
      TRANSFER: 'what the state gave',
      ...environment,
    },
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { requests, stdout, stderr, code };
}

/** The request as AWS's own SDK signs it. */
async function signedByAws({ method = '', url = '', headers }: IncomingMessage) {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = credentials;
  const client = new S3Client({ region, credentials: { accessKeyId, secretAccessKey, sessionToken } });
  const signer = await client.config.signer({
    name: 'sigv4',
    signingName: 's3',
    signingRegion: region,
    properties: {},
  });
  const host = headers.host ?? '';
  const date = z.string().parse(headers['x-amz-date']);
  const signingDate = new Date(date.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
  const request = { method, path: url, protocol: 'http:', hostname: host, query: {} };
  return signer.sign({ ...request, headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, { signingDate });
}

describe("the container's command", () => {
  it('fetches the program with the rights of the role, and becomes it', async () => {
    const { requests, stdout, stderr, code } = await run();

    expect({ stdout, stderr, code }).toEqual({ stdout: 'program.mjs what the state gave\n', stderr: '', code: 0 });
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET ${path}`]);
  });

  it('signs its request as the SDK does', async () => {
    const { requests } = await run();
    const [request] = requests;
    if (!request) throw new Error('Nothing was fetched');
    expect(request.headers).toMatchObject((await signedByAws(request)).headers);
  });

  it('runs no other program than the one that was deployed', async () => {
    const { stdout, stderr, code } = await run({ environment: { PROGRAM_SHA256: '0'.repeat(64) } });
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toContain(`${path} is not what was deployed: its SHA-256 is`);
  });

  it('ends with an error that tells what was refused, and no secret', async () => {
    const { stderr, code } = await run({ status: 403 });
    expect(code).toBe(1);
    expect(stderr).toContain(`GET ${path}: 403`);
    for (const secret of [credentials.SecretAccessKey, credentials.Token]) expect(stderr).not.toContain(secret);
  });
});

describe("the task's program", async () => {
  const bundles = await bundle(join(import.meta.dirname, '../../../functions'), temporaryDirectory());
  const program = readFileSync(bundles.program('files/send-task'), 'utf8');

  it('is one file, finds the credentials of the role by itself, and tells what came of its work', async () => {
    const calls: { target: string; accessKey: string; body: unknown }[] = [];
    const aws = await serve(async (request, response) => {
      const target = String(request.headers['x-amz-target']);
      const [, accessKey = ''] = /Credential=([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
      calls.push({ target, accessKey, body: JSON.parse(await text(request)) });
      const known = target.startsWith('AWSStepFunctions.');
      response.writeHead(known ? 200 : 400).end(JSON.stringify(known ? {} : { __type: 'ValidationException' }));
    });
    const names = [...Object.values(tableVariables), 'FILES_BUCKET', 'PORTAL_API_KEY_SECRET_ARN'];
    const transfer = { kind: 'return', slot: 's', holder: 'h', messageId: 'm', fileId: 'f', attempt: 1, next: 'task' };

    const { code } = await run({
      program,
      environment: {
        ...Object.fromEntries(names.map((name) => [name, name.toLowerCase()])),
        PORTAL_URL: 'https://portal.example',
        LARGE_FILE_ENCODING: 'octet-stream',
        MAX_FORM_BYTES: '1000',
        TRANSFER: JSON.stringify(transfer),
        TASK_TOKEN: 'the token',
        AWS_ENDPOINT_URL: aws,
      },
    });

    expect(code).toBe(0);
    expect(calls.map(({ target }) => target)).toEqual([
      'DynamoDB_20120810.BatchGetItem',
      'AWSStepFunctions.SendTaskSuccess',
    ]);
    expect(new Set(calls.map(({ accessKey }) => accessKey))).toEqual(new Set([credentials.AccessKeyId]));
    const { taskToken, output } = z.object({ taskToken: z.string(), output: z.string() }).parse(calls[1]?.body);
    expect(taskToken).toBe('the token');
    const error = expect.stringContaining('ValidationException');
    expect(JSON.parse(output)).toEqual({
      ...transfer,
      outcome: { kind: 'failed', error, retryable: true, unauthorized: false },
      next: 'complete',
    });
  });
});
