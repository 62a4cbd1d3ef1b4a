import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, inject } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import { type ObjectCreated, type S3Server, startS3Server } from '../../infra/local/s3/server.ts';
import { type DynamoDb, startDynamoDb } from '../../infra/local/services/dynamodb.ts';
import { type Actions, type JsonServer, startJsonServer } from '../../infra/local/services/json-server.ts';
import { type Sqs, startSqs } from '../../infra/local/services/sqs.ts';

/** The embedded parts of AWS, one of each for the test files of a worker. */
export interface Services {
  dynamoDb: DynamoDb;
  s3: S3Server;
  /** Told of each object that was put. */
  onCreated: Set<(created: ObjectCreated) => void>;
  sqs: Sqs;
  json: JsonServer;
  /** Handler of the JSON endpoint. */
  actions: Actions;
}

let started: Promise<Services> | undefined;

/** Starts the services before a file's tests, once for all files of a worker. @returns them, once a test runs */
export function useServices(): () => Services {
  let services: Services;

  beforeAll(async () => {
    started ??= startServices();
    services = await started;
    services.s3.faults.clear();
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

  return () => services;
}

async function startServices(): Promise<Services> {
  const directory = mkdtempSync(join(inject('directory'), 's3-'));
  const actions: Actions = {};
  const onCreated: Services['onCreated'] = new Set();
  const notify = (created: ObjectCreated) => {
    for (const listener of onCreated) listener(created);
  };
  const [dynamoDb, s3, sqs, json] = await Promise.all([
    startDynamoDb(),
    startS3Server({ directory, onCreated: notify }),
    startSqs(),
    startJsonServer(actions),
  ]);
  return { dynamoDb, s3, onCreated, sqs, json, actions };
}
