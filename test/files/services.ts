import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { type DynamoDb, startDynamoDb } from '../../infra/local/dynamodb.ts';
import { type Actions, type JsonServer, startJsonServer } from '../../infra/local/json-server.ts';
import { region } from '../../infra/local/resources.ts';
import { type S3Server, startS3Server } from '../../infra/local/s3/server.ts';
import { type Sqs, startSqs } from '../../infra/local/sqs.ts';

/** The embedded parts of AWS, one of each for a test file. */
export interface Services {
  dynamoDb: DynamoDb;
  s3: S3Server;
  sqs: Sqs;
  json: JsonServer;
  /** What the JSON endpoint serves. */
  actions: Actions;
}

/** Starts the services before a file's tests and ends them after. @returns them, once a test runs */
export function useServices(): () => Services {
  const directory = mkdtempSync(join(tmpdir(), 'files-test-'));
  let services: Services;

  beforeAll(async () => {
    const actions: Actions = {};
    services = {
      dynamoDb: await startDynamoDb(directory),
      s3: await startS3Server({ directory: join(directory, 's3') }),
      sqs: await startSqs(),
      json: await startJsonServer(actions),
      actions,
    };
    Object.assign(process.env, {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_ENDPOINT_URL_DYNAMODB: services.dynamoDb.endpoint,
      AWS_ENDPOINT_URL_S3: services.s3.endpoint,
      AWS_ENDPOINT_URL_SQS: services.sqs.endpoint,
      AWS_ENDPOINT_URL_SFN: services.json.endpoint,
    });
  });

  afterAll(async () => {
    await services.s3.stop();
    await services.sqs[Symbol.asyncDispose]();
    await services.json[Symbol.asyncDispose]();
    await services.dynamoDb[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  return () => services;
}

const keys = {
  projects: ['projectNo'],
  members: ['projectNo', 'member'],
  users: ['accessIdentifier'],
  messages: ['messageId'],
  lines: ['line', 'position'],
  files: ['fileId'],
  history: ['subject', 'sequence'],
  incidents: ['incidentId'],
  control: ['name'],
} as const;

export type Tables = Record<keyof typeof keys, string>;

/** Creates the gateway's tables under names of their own. */
export async function createTables({ dynamoDb }: Services, prefix: string): Promise<Tables> {
  const names = Object.keys(keys).map((table) => [table, `${prefix}-${table}`] as const);
  await Promise.all(
    Object.entries(keys).map(([table, attributes]) =>
      dynamoDb.client.send(
        new CreateTableCommand({
          TableName: `${prefix}-${table}`,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: attributes.map((AttributeName) => ({
            AttributeName,
            AttributeType: AttributeName === 'sequence' ? 'N' : 'S',
          })),
          KeySchema: attributes.map((AttributeName, index) => ({
            AttributeName,
            KeyType: index === 0 ? 'HASH' : 'RANGE',
          })),
        }),
      ),
    ),
  );
  return Object.fromEntries(names) as Tables;
}
