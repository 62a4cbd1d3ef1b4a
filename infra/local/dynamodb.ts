import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { ConfigurationError, TransientError } from '../../shared/platform/errors.ts';
import { type Resource, region } from './resources.ts';

const startTimeout = 15_000;

export interface DynamoDb extends AsyncDisposable {
  endpoint: string;
  client: DynamoDBClient;
}

/**
 * Starts dynoxide, a DynamoDB on SQLite, or uses what DYNAMODB_ENDPOINT names.
 * @param directory where it keeps its database, which then outlives a kill; without one, it keeps it in memory
 * @throws ConfigurationError on a platform that it isn't built for, when DYNAMODB_ENDPOINT isn't set
 */
export async function startDynamoDb(directory?: string): Promise<DynamoDb> {
  const given = process.env.DYNAMODB_ENDPOINT;
  if (given) {
    const client = clientOf(given);
    return { endpoint: given, client, [Symbol.asyncDispose]: async () => client.destroy() };
  }
  const kept = directory && { database: join(directory, 'dynamodb.sqlite'), pidFile: join(directory, 'dynamodb.pid') };
  if (kept) await endLeftover(kept);

  const port = await freePort();
  const database = kept ? ['--db-path', kept.database] : [];
  const child = spawn('sh', ['-c', dieWithParent, 'sh', binary(), 'serve', '--port', `${port}`, ...database], {
    detached: true,
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const exited = new Promise<void>((end) => child.once('exit', () => end()));
  if (kept) writeFileSync(kept.pidFile, `${child.pid}`);
  const endpoint = `http://127.0.0.1:${port}`;
  const client = clientOf(endpoint);
  await untilServing(endpoint, () => child.exitCode !== null);
  return {
    endpoint,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await exited;
      clearTimeout(timer);
      child.stdin?.destroy();
      if (kept) rmSync(kept.pidFile, { force: true });
    },
  };
}

/**
 * Standard input is a pipe that the system closes when this process ends in whatever way: then the server is killed, which its
 * database is made for.
 */
const dieWithParent = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL $$) 2>/dev/null & exec "$@" 3<&- </dev/null';

function binary(): string {
  try {
    return new URL(import.meta.resolve('@dynoxide/linux-x64/dynoxide')).pathname;
  } catch (cause) {
    throw new ConfigurationError(
      'The embedded DynamoDB runs on Linux x64 only: set DYNAMODB_ENDPOINT to a DynamoDB-compatible endpoint, such as DynamoDB Local',
      { cause },
    );
  }
}

async function endLeftover({ database, pidFile }: { database: string; pidFile: string }): Promise<void> {
  if (!existsSync(pidFile)) return;
  const commandLine = `/proc/${Number(readFileSync(pidFile, 'utf8'))}/cmdline`;
  const running = () => existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(database);
  for (let tries = 0; running() && tries < 100; tries++) {
    process.kill(Number(readFileSync(pidFile, 'utf8')), tries < 50 ? 'SIGTERM' : 'SIGKILL');
    await delay(50);
  }
}

function freePort(): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

async function untilServing(endpoint: string, ended: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(startTimeout);
  while (!(await answers(endpoint, signal)) || ended()) {
    if (ended() || signal.aborted) throw new TransientError('The embedded DynamoDB did not start');
    await delay(10);
  }
}

async function answers(endpoint: string, signal: AbortSignal): Promise<boolean> {
  try {
    await (await fetch(endpoint, { signal })).text();
    return true;
  } catch {
    return false; // Not listening yet: the caller asks again until its time is up.
  }
}

function clientOf(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
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

/** Creates a table of the template unless it is there already, and the indexes that it did not have before. */
export async function createTable(client: DynamoDBClient, { id, properties }: Resource): Promise<void> {
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
