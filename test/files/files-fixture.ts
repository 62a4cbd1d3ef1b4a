import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { onTestFinished } from 'vitest';
import type { FileBehaviour } from '../../infra/local/portal/faults.ts';
import { type PortalSimulator, type SimulatedFile, startSimulator } from '../../infra/local/portal/simulator.ts';
import { account } from '../../infra/local/resources.ts';
import type { FileRow } from '../../shared/files/file.ts';
import type { ResultRow } from '../../shared/files/result.ts';
import { readFiles, readRows } from '../../shared/files/rows.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import { readMessage } from '../../shared/messages/read.ts';
import type { MessageRecord } from '../../shared/messages/record.ts';
import { fileSubject, transfersLine } from '../../shared/messages/subject.ts';
import type { TransferEntry } from '../../shared/messages/transfers-line.ts';
import { query, scan } from '../../shared/platform/dynamodb.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { messageTypes } from '../../shared/portal/message-schema.ts';
import { nameTables } from '../support/lazy-tables.ts';
import type { Tables } from '../support/services.ts';
import { TestClock } from './clock.ts';
import { Crashes } from './crashes.ts';
import type { Services } from './file-services.ts';
import { connect } from './outside.ts';
import { TransferGateway } from './transfer-gateway.ts';

export interface WorldOptions {
  maxAttempts?: number;
  slots?: number;
  checksumTries?: number;
  maxFormBytes?: number;
  taskAboveBytes?: number;
}

interface Incident {
  kind: string;
  subject: string;
  messageId: string | null;
  found: string;
  count: number;
}

export const apiKey = 'key-7c1e';

/** A portal and a gateway with tables and a bucket of their own, until the test has ended. */
export async function createWorld(services: Services, options: WorldOptions = {}): Promise<World> {
  const { maxAttempts = 10, slots = 4, checksumTries = 3 } = options;
  const { maxFormBytes = 2_000_000_000, taskAboveBytes = 2_950_000_000 } = options;
  const name = `world-${randomUUID()}`;
  const tables = nameTables(services.dynamoDb.client, name);
  const portal = await startSimulator({ apiKey });
  const crashes = new Crashes();
  const outside = connect(crashes, { baseUrl: portal.url, apiKey: async () => apiKey, clock: systemClock });
  await outside.s3.send(new CreateBucketCommand({ Bucket: name }));
  for (const type of messageTypes) await services.sqs.createQueue({ id: `${name}-${type}`, properties: {} });
  const urlOf = (type: string) => `${services.sqs.endpoint}/${account}/${name}-${type}`;
  const clock = new TestClock();
  const log = new TestLog();
  const context: MessageContext = {
    ...outside,
    clock,
    log,
    tables,
    internalBucket: name,
    queues: Object.fromEntries(messageTypes.map((type) => [type, urlOf(type)])),
    settings: { pollSeconds: 60, maxAttempts, mismatchesPerHour: 100, holdMismatchesOf: [], holdTypes: [] },
  };
  const limits = { slots, checksumTries, maxFormBytes, taskAboveBytes };
  const gateway = new TransferGateway({ name, services, outside, context, clock, tables, crashes, ...limits });
  onTestFinished(async () => {
    services.s3.faults.clear();
    for (const client of [outside.db, outside.s3, outside.sfn, outside.sqs]) client.destroy();
    await portal.stop();
  });
  return new World({
    portal,
    gateway,
    context,
    clock,
    crashes,
    tables,
    log,
    db: outside.db,
    s3: outside.s3,
    bucket: name,
  });
}

/** Keeps what was logged. */
class TestLog {
  readonly lines: Record<string, unknown>[] = [];
  readonly debug = () => {};
  readonly info = (message: string, extra: object = {}) => void this.lines.push({ message, ...extra });
  readonly warn = this.info;
  readonly error = this.info;
}

interface Parts {
  portal: PortalSimulator;
  gateway: TransferGateway;
  context: MessageContext;
  clock: TestClock;
  crashes: Crashes;
  tables: Tables;
  log: TestLog;
  db: DynamoDBDocumentClient;
  s3: S3Client;
  bucket: string;
}

/** Actions and views of tests. */
export class World {
  readonly portal: PortalSimulator;
  readonly gateway: TransferGateway;
  readonly context: MessageContext;
  readonly clock: TestClock;
  readonly crashes: Crashes;
  readonly tables: Tables;
  readonly log: TestLog;
  readonly db: DynamoDBDocumentClient;
  readonly s3: S3Client;
  readonly bucket: string;

  constructor(parts: Parts) {
    this.portal = parts.portal;
    this.gateway = parts.gateway;
    this.context = parts.context;
    this.clock = parts.clock;
    this.crashes = parts.crashes;
    this.tables = parts.tables;
    this.log = parts.log;
    this.db = parts.db;
    this.s3 = parts.s3;
    this.bucket = parts.bucket;
  }

  /** A project that exists. */
  async createProject(projectNo = '1001'): Promise<void> {
    await this.portal.send('CreateProject', { projectNo });
    await this.settle();
  }

  /** Puts files at the portal and the message that delivers them. @returns the message's id */
  async sendDelivery(
    files: readonly (SimulatedFile & { behaviour?: FileBehaviour })[],
    { projectNo = '1001', change = (checksum: string) => checksum } = {},
  ): Promise<string> {
    const details = [];
    for (const { behaviour, ...file } of files) {
      const { fileChecksum, ...rest } = await this.portal.addFile(file, behaviour);
      details.push({ ...rest, fileChecksum: change(fileChecksum) });
    }
    return this.portal.send('DataDeliveryReady', { dataDeliveryId: 'delivery', projectNo, files: details });
  }

  /** One poll, and everything that follows from it at once. */
  async settle(): Promise<void> {
    await this.gateway.poll();
    await this.gateway.work();
  }

  /** Polls and works, minute after minute, until something is so. */
  async settleUntil(isSo: () => Promise<boolean>, minutes = 60): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      await this.settle();
      if (await isSo()) return;
      await this.clock.advance(61_000);
    }
    throw new Error(`It was not so within ${minutes} minutes`);
  }

  async settleUntilMarked(messageId: string, minutes?: number): Promise<void> {
    await this.settleUntil(async () => (await readMessage(this.context, messageId))?.state === 'marked', minutes);
  }

  async message(messageId: string): Promise<MessageRecord> {
    const record = await readMessage(this.context, messageId);
    if (!record) throw new Error(`There is no message ${messageId}`);
    return record;
  }

  async file(fileId: string): Promise<FileRow | undefined> {
    return (await this.files([fileId])).get(fileId);
  }

  /** A row of a file or a result. */
  async row(fileId: string): Promise<FileRow | ResultRow | undefined> {
    return (await readRows(this.context, [fileId])).get(fileId);
  }

  files(fileIds: readonly string[]): Promise<Map<string, FileRow>> {
    return readFiles(this.context, fileIds);
  }

  rows(table: keyof Tables): Promise<Record<string, unknown>[]> {
    return Array.fromAsync(scan(this.context.db, this.tables[table]));
  }

  incidents(): Promise<Incident[]> {
    return Array.fromAsync(scan<Incident>(this.context.db, this.tables.incidents));
  }

  /** The files that are still to be moved. */
  transferEntries(): Promise<TransferEntry[]> {
    return this.#query(this.tables.lines, 'line', transfersLine);
  }

  /** Events of a file, in order. */
  async eventsOf(fileId: string): Promise<string[]> {
    const events = await this.#query<{ event: string }>(this.tables.history, 'subject', fileSubject(fileId));
    return events.map(({ event }) => event);
  }

  #query<Item>(TableName: string, key: string, value: string): Promise<Item[]> {
    return Array.fromAsync(
      query<Item>(this.context.db, {
        TableName,
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': key },
        ExpressionAttributeValues: { ':value': value },
      }),
    );
  }

  async putObject(Key: string): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key, Body: 'x' }));
  }

  /** Keys of what is visible in the bucket. */
  async objects(): Promise<string[]> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket: this.bucket }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** Keys of the uploads that are not finished. */
  async uploads(): Promise<string[]> {
    const { Uploads = [] } = await this.s3.send(new ListMultipartUploadsCommand({ Bucket: this.bucket }));
    return Uploads.map(({ Key = '' }) => Key);
  }

  /** An object as it is read, with the MD5 of the bytes that come. */
  async object(key: string) {
    const answer = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key, ChecksumMode: 'ENABLED' }));
    if (!(answer.Body instanceof Readable)) throw new Error('The object has no body');
    const hash = createHash('md5');
    for await (const chunk of answer.Body) hash.update(chunk);
    const { ContentLength: size, Metadata: metadata, ChecksumCRC32, ChecksumType } = answer;
    return { md5: hash.digest('hex'), size, metadata, crc32: ChecksumCRC32, checksumType: ChecksumType };
  }
}
