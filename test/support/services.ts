import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { type S3, startS3 } from '../../infra/local/s3/start.ts';
import { type DynamoDb, startDynamoDb } from '../../infra/local/services/dynamodb.ts';
import { type Sqs, startSqs } from '../../infra/local/services/sqs.ts';
import { organizationIndex } from '../../shared/accounts/organization.ts';
import { accountIndex } from '../../shared/accounts/session.ts';
import { projectIndex } from '../../shared/history/history.ts';

/** The embedded services of a test. Each test has tables, queues and buckets of its own in them. */
export interface Services {
  dynamo: DynamoDb;
  sqs: Sqs;
  s3: S3;
}

let started: Promise<Services> | undefined;

/**
 * Starts the embedded services, once for all test files of a worker: 0.4 s of a processor. They end with the worker, and what S3
 * keeps on the disk with the run.
 */
export async function useServices(): Promise<Services> {
  started ??= startServices();
  const services = await started;
  services.s3.faults.clear();
  return services;
}

async function startServices(): Promise<Services> {
  const directory = mkdtempSync(join(inject('directory'), 's3-'));
  const [dynamo, sqs, s3] = await Promise.all([startDynamoDb(), startSqs(), startS3(directory)]);
  return { dynamo, sqs, s3 };
}

/** Keys of the tables, as infra/constructs/platform.ts defines them. */
const keys = {
  projects: ['projectNo'],
  members: ['projectNo', 'member'],
  users: ['accessIdentifier'],
  messages: ['messageId'],
  lines: ['line', 'position'],
  files: ['fileId'],
  history: ['subject', 'sequence'],
  unpublished: ['subject', 'sequence'],
  incidents: ['incidentId'],
  control: ['name'],
  accounts: ['account'],
  sessions: ['sessionId'],
  attempts: ['subject'],
  connections: ['connectionId'],
  subscriptions: ['channel', 'subscriber'],
  channels: ['channel', 'offset'],
  processes: ['scope', 'item'],
  workspaces: ['scope', 'item'],
} as const;

export type Tables = Record<keyof typeof keys, string>;
export const tableNames = Object.keys(keys) as (keyof Tables)[];

/** Creates the tables under names that begin with a prefix. */
export async function createTables(client: DynamoDBClient, prefix: string): Promise<Tables> {
  const tables = Object.fromEntries(tableNames.map((name) => [name, `${prefix}-${name}`])) as Tables;
  await Promise.all(tableNames.map((name) => createTable(client, name, tables[name])));
  return tables;
}

/** Creates one of the tables under a name of its own. */
export async function createTable(client: DynamoDBClient, name: keyof Tables, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keySchema(keys[name]),
      AttributeDefinitions: definitions([...new Set([...keys[name], ...indexKey(name)])]),
      ...(indexes[name] && { GlobalSecondaryIndexes: [indexOf(name)] }),
    }),
  );
}

const indexes: { [Table in keyof Tables]?: { indexName: string; partitionKey: string; sortKey: string } } = {
  accounts: organizationIndex,
  history: projectIndex,
  sessions: accountIndex,
};
const indexKey = (table: keyof Tables) => {
  const index = indexes[table];
  return index ? [index.partitionKey, index.sortKey] : [];
};
const keySchema = (key: readonly string[]) =>
  key.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const) }));
const definitions = (attributes: readonly string[]) =>
  attributes.map((AttributeName) => ({
    AttributeName,
    AttributeType: ['sequence', 'at', 'createdAt', 'offset'].includes(AttributeName) ? ('N' as const) : ('S' as const),
  }));
const indexOf = (table: keyof Tables) => ({
  IndexName: indexes[table]?.indexName,
  KeySchema: keySchema(indexKey(table)),
  Projection: { ProjectionType: 'ALL' as const },
});
