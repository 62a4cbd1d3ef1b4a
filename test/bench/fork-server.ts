import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sdkVariables } from '../../infra/local/endpoints.ts';
import { region } from '../../infra/local/resources.ts';
import type { LocalGateway } from '../../infra/local/runner.ts';

/** Starts a server that competes with a gateway at the gateway's tables, in a process that ends with `started`. */
export async function forkServer(
  script: string,
  { endpoints }: LocalGateway,
  started: AsyncDisposableStack,
): Promise<{ url: string; pid: number }> {
  const { credentials, dynamodb, s3, sqs, stepFunctions, secretsManager, eventBridge, lambda } = endpoints;
  const services = {
    dynamodb: dynamodb.endpoint,
    s3: s3.endpoint,
    sqs: sqs.endpoint,
    stepFunctions: stepFunctions.endpoint,
    secretsManager: secretsManager.endpoint,
    eventBridge: eventBridge.endpoint,
    lambda: lambda.endpoint,
  };
  const child = fork(join(import.meta.dirname, script), [JSON.stringify(dynamodb.tables)], {
    env: {
      ...sdkVariables(services, credentials),
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'competitor',
      NODE_ENV: 'production',
    },
  });
  started.defer(() => void child.kill());
  const [port] = await once(child, 'message');
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0 };
}
