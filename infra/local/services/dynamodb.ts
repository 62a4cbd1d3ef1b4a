import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { region, type ServedResource } from '../resources.ts';
import type { FrontNews, FrontOrder } from './dynamodb-front.ts';
import { startDynoxide } from './dynoxide.ts';
import { anyCredentials, type LocalCredentials } from './guard.ts';
import { listen } from './listen.ts';
import { ownNetwork } from './network-namespace.ts';

export interface DynamoDb extends AsyncDisposable {
  endpoint: string;
  client: DynamoDBClient;
  /** Text about who can reach it without credentials; undefined if nobody can. */
  warning?: string;
}

/**
 * Starts a DynamoDB, or uses the one that DYNAMODB_ENDPOINT names.
 * @param directory directory of the database, which then survives a kill; without one the database is in memory
 * @param credentials the accepted credentials; without them all requests are accepted, for tests
 * @param onProblem called with errors that are no client's fault, such as a full disk
 * @throws ConfigurationError on a platform that it isn't built for, when DYNAMODB_ENDPOINT isn't set
 */
export async function startDynamoDb(
  directory?: string,
  credentials?: LocalCredentials,
  onProblem: (problem: string) => void = () => {},
): Promise<DynamoDb> {
  const given = process.env.DYNAMODB_ENDPOINT;
  if (given) {
    const client = clientOf(given, credentials);
    const warning = `Who can reach ${given} (DYNAMODB_ENDPOINT) reads and changes the tables`;
    return { endpoint: given, client, warning, [Symbol.asyncDispose]: async () => client.destroy() };
  }
  const server = credentials ? await startFront(credentials, directory, onProblem) : await startOpen(directory);
  const client = clientOf(server.endpoint, credentials);
  return {
    ...server,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function startOpen(directory?: string): Promise<Omit<DynamoDb, 'client'>> {
  const dynoxide = await startDynoxide('127.0.0.1', directory);
  const endpoint = `http://${dynoxide.host}:${dynoxide.port}`;
  return { endpoint, [Symbol.asyncDispose]: () => dynoxide[Symbol.asyncDispose]() };
}

const front = fileURLToPath(new URL('./dynamodb-front.ts', import.meta.url));
const reachable =
  'Other users of this machine can reach the embedded DynamoDB without credentials: this system has no network namespaces for ' +
  'everybody (unshare). Run the gateway where nobody else has an account';

/** Starts dynoxide behind its front, which takes over a listening server, so that no bytes pass through this process. */
async function startFront(
  { secretAccessKey }: LocalCredentials,
  directory: string | undefined,
  onProblem: (problem: string) => void,
): Promise<Omit<DynamoDb, 'client'>> {
  const network = ownNetwork();
  const isolated = network.length > 0;
  const [command = '', ...rest] = [...network, process.execPath, front, ...(directory ? [directory] : [])];
  const child = spawn(command, rest, {
    detached: true,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<void>((end) => child.once('exit', () => end()));
  const news = new Promise<FrontNews>((resolve, reject) => {
    child.once('message', resolve).once('error', reject);
    ended.then(() => resolve({ failed: 'its front ended' }));
  });
  const listening = createServer();
  const endpoint = await listen(listening);
  child.send({ secretAccessKey, isolated } satisfies FrontOrder, listening, () => listening.close());
  const answer = await news;
  if ('failed' in answer) throw new ConfigurationError(`The embedded DynamoDB did not start: ${answer.failed}`);
  child.on('message', (later: FrontNews) => {
    if ('problem' in later) onProblem(later.problem);
  });
  return {
    endpoint,
    ...(isolated ? {} : { warning: reachable }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 4_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

function clientOf(endpoint: string, credentials = anyCredentials): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region, credentials });
}

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const tableSchema = z.object({
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema: keySchema,
  BillingMode: z.literal('PAY_PER_REQUEST'),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.object({ ProjectionType: z.literal('ALL') }),
      }),
    )
    .optional(),
  LocalSecondaryIndexes: z.never().optional(),
});

/** Creates a table of the template unless it exists, and its missing indexes. */
export async function createTable(client: DynamoDBClient, { id, properties }: ServedResource): Promise<void> {
  const { TimeToLiveSpecification, GlobalSecondaryIndexes = [], ...table } = tableSchema.parse(properties);
  const indexes = await indexesOf(client, id);
  if (!indexes) {
    const withIndexes = GlobalSecondaryIndexes.length > 0 ? { GlobalSecondaryIndexes } : {};
    await client.send(new CreateTableCommand({ TableName: id, ...table, ...withIndexes }));
    if (TimeToLiveSpecification)
      await client.send(new UpdateTimeToLiveCommand({ TableName: id, TimeToLiveSpecification }));
    return;
  }
  const { AttributeDefinitions } = table;
  for (const Create of GlobalSecondaryIndexes.filter(({ IndexName }) => !indexes.has(IndexName))) {
    const GlobalSecondaryIndexUpdates = [{ Create }];
    await client.send(new UpdateTableCommand({ TableName: id, AttributeDefinitions, GlobalSecondaryIndexUpdates }));
  }
}

/** @returns nothing when there is no such table */
async function indexesOf(client: DynamoDBClient, TableName: string): Promise<Set<string> | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return new Set((Table?.GlobalSecondaryIndexes ?? []).flatMap(({ IndexName = [] }) => IndexName));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
