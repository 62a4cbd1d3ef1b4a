import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { z } from 'zod';
import { ConfigurationError, describeError } from '../../../shared/platform/errors.ts';
import { nameOutputs } from '../../local/endpoints.ts';
import { region } from '../../local/resources.ts';
import type { LocalCredentials } from '../../local/services/guard.ts';

/** Gateway that a command is about. */
export interface Target {
  /** The data directory of a gateway that runs on this machine; without it the gateway is on AWS. */
  dataDirectory: string | undefined;
  /** The CloudFormation stack of a gateway on AWS. */
  stack: string;
  /** Whether the command line named a stack or a data directory. */
  isNamed?: boolean;
}

/** Resources of a gateway's stack, by the names in `endpoints.json`. */
export interface StackResources {
  tables: Record<string, string>;
  buckets: Record<string, string>;
  secrets: Record<string, string>;
  /** URLs. */
  queues: Record<string, string>;
  /** Names or ARNs. */
  functions: Record<string, string>;
  portalUrl: string | undefined;
  /** Where clients connect to the WebSocket API. */
  liveUrl: string | undefined;
  /** Endpoints of embedded services; empty on AWS. */
  endpoints: { dynamodb?: string; s3?: string; sqs?: string; secretsManager?: string; lambda?: string };
  /** Credentials for the embedded services. */
  credentials?: LocalCredentials;
}

const names = z.record(z.string(), z.string());
const endpointsSchema = z.object({
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  dynamodb: z.object({ endpoint: z.url(), tables: names }),
  s3: z.object({ endpoint: z.url(), buckets: names }),
  sqs: z.object({ endpoint: z.url(), queues: names }),
  secretsManager: z.object({ endpoint: z.url(), secrets: names }),
  lambda: z.object({ endpoint: z.url(), functions: names }),
  portal: z.object({ url: z.url().optional() }),
  live: z.object({ url: z.url() }).optional(),
});

/** @throws ConfigurationError when there is no such gateway */
export async function findResources({ dataDirectory, stack }: Target): Promise<StackResources> {
  return dataDirectory === undefined ? resourcesOfStack(stack) : resourcesOfLocal(dataDirectory);
}

async function resourcesOfStack(stack: string): Promise<StackResources> {
  try {
    const answer = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = answer.Stacks?.[0]?.Outputs ?? [];
    const named = new Map(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
    return { ...nameOutputs(named), endpoints: {} };
  } catch (cause) {
    throw new ConfigurationError(
      `The stack ${stack} can't be read: ${describeError(cause)}. For another one give --stack, for a gateway on this ` +
        'machine --data-dir',
      { cause },
    );
  }
}

function resourcesOfLocal(directory: string): StackResources {
  const file = join(directory, 'endpoints.json');
  if (!existsSync(file)) throw new ConfigurationError(`No gateway runs in ${directory}: ${file} is missing`);
  const { credentials, dynamodb, s3, sqs, secretsManager, lambda, portal, live } = endpointsSchema.parse(
    JSON.parse(readFileSync(file, 'utf8')),
  );
  return {
    tables: dynamodb.tables,
    buckets: s3.buckets,
    secrets: secretsManager.secrets,
    queues: sqs.queues,
    functions: lambda.functions,
    portalUrl: portal.url,
    liveUrl: live?.url,
    endpoints: {
      dynamodb: dynamodb.endpoint,
      s3: s3.endpoint,
      sqs: sqs.endpoint,
      secretsManager: secretsManager.endpoint,
      lambda: lambda.endpoint,
    },
    credentials,
  };
}

/** @throws ConfigurationError when the stack is older than the command that asks for it */
export function nameOf(named: Record<string, string>, name: string): string {
  const value = named[name];
  if (value === undefined)
    throw new ConfigurationError(`The gateway's stack has no output for "${name}": deploy it anew`);
  return value;
}

/** Configuration of an AWS client: the SDK's own settings on AWS, the endpoint on this machine. */
export function clientConfig(endpoint: string | undefined, credentials: LocalCredentials | undefined) {
  return endpoint === undefined || credentials === undefined ? {} : { endpoint, region, credentials };
}
