import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';
import { describeEndpoints } from '../../infra/local/endpoints.ts';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { region } from '../../infra/local/resources.ts';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { type Look, lookInto } from '../end-to-end/look.ts';
import { deploy } from './deploy.ts';

export interface Deployed extends Omit<Look, typeof Symbol.dispose> {
  portal: PortalSimulator;
  /** Invokes a function by its output, such as `Poll`. @returns what it answers */
  invoke(name: string, payload?: object): Promise<unknown>;
  putObject(Key: string, Body: string): Promise<void>;
  /** How many messages each queue of dead letters or failures has, by its name. */
  failures(): Promise<Record<string, number>>;
}

const apiKey = 'key-of-the-emulated-centre';

/** Deploys the app to the emulator at EMULATOR_ENDPOINT, with a simulated portal. @returns it, once a test runs */
export function useDeployed(): () => Deployed {
  const stack = new AsyncDisposableStack();
  let deployed: Deployed;

  beforeAll(async () => {
    const endpoint = process.env.EMULATOR_ENDPOINT;
    if (!endpoint) throw new ConfigurationError('EMULATOR_ENDPOINT is missing: npm run test:emulator sets it');
    const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
    stack.defer(() => rmSync(directory, { recursive: true }));
    const portal = await startSimulatorProcess({ apiKey });
    stack.defer(() => portal.stop());
    const outputs = await deploy(endpoint, portal.url, directory);
    const services = ['dynamodb', 's3', 'sqs', 'stepFunctions', 'secretsManager', 'eventBridge', 'lambda'] as const;
    const all = Object.fromEntries(services.map((name) => [name, endpoint])) as Record<
      (typeof services)[number],
      string
    >;
    const endpoints = describeEndpoints(all, outputs);
    const look = stack.use(lookInto(endpoints));
    const { putKey, ...actions } = actionsAt(endpoint, endpoints, stack);
    deployed = { portal, ...look, ...actions };
    await putKey();
  });
  afterAll(() => stack.disposeAsync());

  return () => deployed;
}

function actionsAt(
  endpoint: string,
  { lambda: { functions }, s3: { buckets }, sqs: { queues }, secretsManager }: ReturnType<typeof describeEndpoints>,
  stack: AsyncDisposableStack,
) {
  const common = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const lambda = new LambdaClient(common);
  const s3 = new S3Client({ ...common, forcePathStyle: true });
  const sqs = new SQSClient(common);
  const secrets = new SecretsManagerClient(common);
  for (const client of [lambda, s3, sqs, secrets]) stack.defer(() => client.destroy());

  async function invoke(name: string, payload: object = {}): Promise<unknown> {
    const Payload = JSON.stringify(payload);
    const answer = await lambda.send(new InvokeCommand({ FunctionName: functions[name], Payload }));
    const text = answer.Payload?.transformToString() ?? '';
    if (answer.FunctionError) throw new Error(`${name}: ${text}`);
    return JSON.parse(text || 'null');
  }

  async function count(QueueUrl: string): Promise<number> {
    const AttributeNames = ['ApproximateNumberOfMessages' as const];
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return Number(Attributes.ApproximateNumberOfMessages);
  }

  return {
    invoke,
    async putObject(Key: string, Body: string) {
      await s3.send(new PutObjectCommand({ Bucket: buckets.files, Key, Body }));
    },
    async failures() {
      const names = Object.keys(queues).filter((name) => /DeadLetter$|Failure$/.test(name));
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await count(queues[name] ?? '')])));
    },
    async putKey() {
      const SecretId = secretsManager.secrets.PortalApiKey;
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: apiKey }));
    },
  };
}
