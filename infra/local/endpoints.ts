import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './data-directory.ts';
import { anyCredentials, type LocalCredentials } from './services/guard.ts';

/** Endpoints and resource names of a running gateway, by the names of the stack's outputs. */
export interface Endpoints {
  /** Credentials for signing requests to all services. */
  credentials: LocalCredentials;
  dynamodb: { endpoint: string; tables: Record<string, string> };
  s3: { endpoint: string; buckets: Record<string, string> };
  sqs: { endpoint: string; queues: Record<string, string> };
  /** ARNs by name. */
  stepFunctions: { endpoint: string; machines: Record<string, string> };
  /** ARNs by name. */
  secretsManager: { endpoint: string; secrets: Record<string, string> };
  eventBridge: { endpoint: string };
  /** Names or ARNs from the outputs, by name. */
  lambda: { endpoint: string; functions: Record<string, string> };
  portal: { url: string | undefined };
  /** Where the HTTP API is served, without a slash at the end. */
  api?: { url: string };
  /** Below whose host each interactive job has one of its own, `job-ID`. */
  jobs?: { url: string };
  /** Where clients connect to the WebSocket API, and where functions post to connections. */
  live?: { url: string; callbackUrl: string };
  /** Where people open the console, without a slash at the end. */
  console?: { url: string };
}

export type ServiceEndpoints = {
  [service in 'dynamodb' | 's3' | 'sqs' | 'stepFunctions' | 'secretsManager' | 'eventBridge' | 'lambda']: string;
} & {
  /** Where tasks of jobs run. */
  ecs?: string;
  /** Absent for programs that send no mail. */
  mail?: string;
};

/** The SDK's variables for using the services of this machine. */
export function sdkVariables(
  services: ServiceEndpoints,
  { secretAccessKey }: Pick<LocalCredentials, 'secretAccessKey'>,
): Record<string, string> {
  return {
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: services.dynamodb,
    AWS_ENDPOINT_URL_S3: services.s3,
    AWS_ENDPOINT_URL_SQS: services.sqs,
    AWS_ENDPOINT_URL_SFN: services.stepFunctions,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: services.secretsManager,
    AWS_ENDPOINT_URL_EVENTBRIDGE: services.eventBridge,
    AWS_ENDPOINT_URL_LAMBDA: services.lambda,
    ...(services.ecs !== undefined && { AWS_ENDPOINT_URL_ECS: services.ecs }),
    ...(services.mail !== undefined && { AWS_ENDPOINT_URL_SESV2: services.mail }),
  };
}

/**
 * Names resources by the stack's outputs: `ProjectsTable` is the table `projects`, `FilesBucket` the bucket `files`, and
 * `CreateProjectDeadLetterQueue` the queue `CreateProjectDeadLetter`.
 */
export function nameOutputs(outputs: ReadonlyMap<string, string>) {
  const ending = (suffix: string, toName = (text: string) => text) =>
    Object.fromEntries(
      [...outputs]
        .filter(([name]) => name.endsWith(suffix))
        .map(([name, value]) => [toName(name.slice(0, -suffix.length)), value]),
    );
  return {
    tables: ending('Table', lowerCase),
    buckets: ending('Bucket', lowerCase),
    queues: ending('Queue'),
    machines: ending('StateMachine'),
    secrets: ending('Secret'),
    functions: ending('Function'),
    portalUrl: outputs.get('PortalUrl'),
    liveUrl: outputs.get('LiveUrl'),
  };
}

/**
 * @param portalUrl replaces the output `PortalUrl`, if given
 * @param credentials the credentials that the services accept
 */
export function describeEndpoints(
  services: ServiceEndpoints,
  outputs: ReadonlyMap<string, string>,
  portalUrl?: string,
  credentials = anyCredentials,
): Endpoints {
  const { tables, buckets, queues, machines, secrets, functions, ...named } = nameOutputs(outputs);
  return {
    credentials,
    dynamodb: { endpoint: services.dynamodb, tables },
    s3: { endpoint: services.s3, buckets },
    sqs: { endpoint: services.sqs, queues },
    stepFunctions: { endpoint: services.stepFunctions, machines },
    secretsManager: { endpoint: services.secretsManager, secrets },
    eventBridge: { endpoint: services.eventBridge },
    lambda: { endpoint: services.lambda, functions },
    portal: { url: portalUrl ?? named.portalUrl },
  };
}

const lowerCase = (text: string) => text.toLowerCase();

const fileIn = (directory: string) => join(directory, 'endpoints.json');

/**
 * Writes `endpoints.json` atomically, because other processes wait for it.
 * @returns a disposable that removes the file
 */
export function writeEndpoints(directory: string, endpoints: Endpoints): Disposable {
  replaceFile(fileIn(directory), JSON.stringify(endpoints, null, 2));
  return { [Symbol.dispose]: () => removeEndpoints(directory) };
}

/** Removes the `endpoints.json` of an earlier run. */
export function removeEndpoints(directory: string): void {
  rmSync(fileIn(directory), { force: true });
}
