import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { region } from '../../infra/local/resources.ts';
import { startS3 } from '../../infra/local/s3/start.ts';
import { startDynamoDb } from '../../infra/local/services/dynamodb.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createTables } from '../support/services.ts';
import { Units } from './units.ts';

export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * Starts DynamoDB with all tables, and S3, and counts the units of what is sent to DynamoDB.
 *
 * @param started ends them
 */
export async function startCountedServices(started: AsyncDisposableStack) {
  const directory = await mkdtemp(join(tmpdir(), 'bench-services-'));
  started.defer(() => rm(directory, { recursive: true }));
  const dynamo = started.use(await startDynamoDb());
  const server = started.use(await startS3(directory));
  const s3 = new S3Client({ endpoint: server.endpoint, region, credentials, forcePathStyle: true });
  const client = new DynamoDBClient({ endpoint: dynamo.endpoint, region, credentials });
  started.defer(() => {
    s3.destroy();
    client.destroy();
  });
  const units = new Units();
  units.watch(client);
  const context = {
    db: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    tables: await createTables(dynamo.client, 'bench'),
  };
  return { context, s3, createBucket: (name: string) => server.createBucket(name), units };
}
