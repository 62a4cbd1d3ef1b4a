import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, onTestFinished } from 'vitest';
import { describeEndpoints, writeEndpoints } from '../../infra/local/endpoints.ts';
import { region } from '../../infra/local/resources.ts';
import { type FileRow, fileMemberKey } from '../../shared/files/file.ts';
import type { ResultRow } from '../../shared/files/result.ts';
import { transfersLine } from '../../shared/messages/subject.ts';
import { type TransferEntry, transferKey } from '../../shared/messages/transfers-line.ts';
import { createTables, type Services, type Tables, tableNames, useServices } from '../support/services.ts';
import { runOperatorHere, start } from './run-operator.ts';

/** Starts the embedded services for the tests of a file. @returns makes a gateway of its own for a test */
export function useGateways(): () => Promise<TestGateway> {
  let services: Services;
  beforeAll(async () => {
    services = await useServices();
  });
  return () => createGateway(services);
}

/** A gateway as operators find it: its tables, its bucket, and a data directory that tells where they are. */
export type TestGateway = Awaited<ReturnType<typeof createGateway>>;

async function createGateway(services: Services) {
  const name = `o${randomUUID().slice(0, 8)}`;
  const bucket = `${name}-files`;
  const [tables] = await Promise.all([createTables(services.dynamo.client, name), services.s3.createBucket(bucket)]);
  const directory = mkdtempSync(join(tmpdir(), 'operate-'));
  const { endpoint } = services.s3;
  const outputs = outputsOf(tables, bucket);
  writeEndpoints(directory, describeEndpoints(endpointsOf(services), new Map(Object.entries(outputs)), endpoint));
  const s3 = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    forcePathStyle: true,
  });
  const db = DynamoDBDocumentClient.from(services.dynamo.client, { marshallOptions: { removeUndefinedValues: true } });
  onTestFinished(() => {
    services.s3.faults.clear();
    s3.destroy();
    rmSync(directory, { recursive: true });
  });
  const put = (table: keyof Tables, Item: Record<string, unknown>) =>
    db.send(new PutCommand({ TableName: tables[table], Item }));
  return {
    directory,
    /** Outputs of its stack. */
    outputs,
    /** Variables of the SDK that lead to its services. */
    variables: { AWS_ENDPOINT_URL_DYNAMODB: services.dynamo.endpoint, AWS_ENDPOINT_URL_S3: endpoint },
    s3,
    bucket,
    faults: services.s3.faults,
    put,
    operate: (...args: string[]) => runOperatorHere([...args, '--data-dir', directory], {}),
    start: (...args: string[]) => start([...args, '--data-dir', directory]),
    createProject: (projectNo: string, state = 'active') =>
      put('projects', { projectNo, state, createdAt: 1, version: 1 }),
    /** Puts rows of files where the gateway keeps them. */
    async addFiles(...files: (FileRow | ResultRow)[]) {
      for (const file of files) await Promise.all([put('files', { ...file }), put('members', fileMemberKey(file))]);
    },
    /** Has files stand among the transfers to do, in this order. */
    async enqueue(...entries: Pick<TransferEntry, 'kind' | 'fileId'>[]) {
      const items = entries.map((entry, index) => ({
        ...entry,
        line: transfersLine,
        position: positionOf(index),
        messageId: 'm',
      }));
      for (let from = 0; from < items.length; from += 25) {
        const requests = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
        await db.send(new BatchWriteCommand({ RequestItems: { [tables.lines]: requests } }));
      }
    },
    /** Has the first, or another, of the transfers to do be done. */
    dequeue: (index = 0) =>
      db.send(new DeleteCommand({ TableName: tables.lines, Key: transferKey(positionOf(index)) })),
    /** Uploads that were begun and neither completed nor aborted. */
    async uploads() {
      return (await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? [];
    },
  };
}

const positionOf = (index: number) => String(index).padStart(6, '0');

export const endpointsOf = ({ dynamo, s3, sqs }: Services) => ({
  dynamodb: dynamo.endpoint,
  s3: s3.endpoint,
  sqs: sqs.endpoint,
  stepFunctions: s3.endpoint,
  secretsManager: s3.endpoint,
  eventBridge: s3.endpoint,
  lambda: s3.endpoint,
});

export const outputsOf = (tables: Tables, files: string, internal = files): Record<string, string> => ({
  ...Object.fromEntries(tableNames.map((name) => [`${name[0]?.toUpperCase()}${name.slice(1)}Table`, tables[name]])),
  FilesBucket: files,
  InternalBucket: internal,
});
