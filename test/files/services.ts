import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import { type ObjectCreated, type S3Server, startS3Server } from '../../infra/local/s3/server.ts';
import { type DynamoDb, startDynamoDb } from '../../infra/local/services/dynamodb.ts';
import { type Actions, type JsonServer, startJsonServer } from '../../infra/local/services/json-server.ts';
import { type Sqs, startSqs } from '../../infra/local/services/sqs.ts';

/** The embedded parts of AWS, one of each for a test file. */
export interface Services {
  dynamoDb: DynamoDb;
  s3: S3Server;
  /** Told of each object that was put. */
  onCreated: Set<(created: ObjectCreated) => void>;
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
    const onCreated: Services['onCreated'] = new Set();
    const tell = (created: ObjectCreated) => {
      for (const listener of onCreated) listener(created);
    };
    services = {
      dynamoDb: await startDynamoDb(),
      s3: await startS3Server({ directory: join(directory, 's3'), onCreated: tell }),
      onCreated,
      sqs: await startSqs(),
      json: await startJsonServer(actions),
      actions,
    };
    Object.assign(process.env, {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_ENDPOINT_URL_DYNAMODB: services.dynamoDb.endpoint,
      // Another S3, to see that the gateway gets along with it as well.
      AWS_ENDPOINT_URL_S3: process.env.S3_ENDPOINT ?? services.s3.endpoint,
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
