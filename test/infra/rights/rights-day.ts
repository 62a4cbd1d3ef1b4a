import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { fileContent } from '../../../infra/local/portal/content.ts';
import type { FaultRule, FileBehaviour } from '../../../infra/local/portal/faults.ts';
import type { CallName } from '../../../infra/local/portal/routes.ts';
import type { FileDetails, PortalSimulator } from '../../../infra/local/portal/simulator.ts';
import type { LocalGateway } from '../../../infra/local/runner.ts';
import { leaseTime } from '../../../shared/files/lease-times.ts';
import { unlessRefused } from '../../../shared/platform/dynamodb.ts';
import { playAnalysis } from './rights-analysis.ts';

const project = { projectNo: '1001' };
const access = { ...project, accessIdentifier: 'one' };

/** The portal takes longer for such a call than leases are left alone. */
const slow = (call: CallName): FaultRule => ({ kind: 'latency', milliseconds: 1_500, calls: [call] });

/** A gateway's day: every type of message, fitting and not, and transfers that work, fail and are given up. */
export class Day {
  readonly #gateway: LocalGateway;
  readonly #portal: PortalSimulator;
  readonly #refuse: (entry: string, action: string) => void;
  #admin = '';

  /** @param refuse has a function's next request of an action refused */
  constructor(gateway: LocalGateway, portal: PortalSimulator, refuse: (entry: string, action: string) => void) {
    this.#gateway = gateway;
    this.#portal = portal;
    this.#refuse = refuse;
  }

  /** @param admin token of an admin */
  async play(admin: string): Promise<void> {
    this.#admin = admin;
    const small = await this.#addFile('small', 10_000);
    await this.#deliver(small);
    await this.#returnAndDeliverAgain(small);
    await this.#sendResults();
    await this.#sendWhatDoesNotFit();
    await this.#orderAnalysis(small);
    await this.#delete(small);
    await this.#gateway.invoke('publish-events');
  }

  /** The first marking fails, the first copy of the large file brings wrong bytes, and the second can't be prepared. A task returns it. */
  async #deliver(small: FileDetails): Promise<void> {
    this.#refuse('files/prepare-transfer', 's3:ListBucketMultipartUploads');
    await this.#fail('PATCH /messages/{id}');
    await this.#leaveUploads('projects/1001/files/large', 'projects/1001/files/small', 'outbox/1001/early');
    await this.#putResult('outbox/1001/early');
    const large = await this.#addFile('large', 9_000_000, { bytesPerSecond: 7_000_000, corruptFirst: 1 });
    await this.#send('CreateProject', project);
    await this.#send('CreateProjectAccess', access);
    await this.#send('DisableProjectAccess', access);
    await this.#send('EnableProjectAccess', access);
    await this.#send('ResetPassword', access);
    await this.#send('DataDeliveryReady', { ...project, files: [small, large] });
    await this.#untilLeft(0);
    await this.#portal.setFaults({ rules: [slow('POST /data/{fileId}')] });
    await this.#send('ReturnDataFile', large);
    await this.#untilLeft(0);
  }

  /** One goes by a task, one is replaced while the portal takes it. */
  async #sendResults(): Promise<void> {
    await this.#gateway.invoke('sweep-outbox');
    await this.#putResult('outbox/1001/large results', 2_000_000);
    await this.#untilLeft(0);
    await this.#portal.setFaults({ rules: [slow('POST /data/project/{projectNo}')] });
    await this.#putResult('outbox/1001/results');
    await this.#putObject('outbox/1001/results', Buffer.alloc(2));
    await this.#untilLeft(0);
  }

  /** The first attempt of the return can't be prepared, the portal fails the second. */
  async #returnAndDeliverAgain(small: FileDetails): Promise<void> {
    this.#refuse('files/prepare-transfer', 'dynamodb:BatchGetItem');
    await this.#fail('POST /data/{fileId}', slow('POST /data/{fileId}'));
    await this.#send('ReturnDataFile', small);
    await this.#send('CreateProjectAccess', { ...access, accessIdentifier: 'two' });
    await this.#untilLeft(0);

    const there = [await this.#addFile('put-before', 10_000), await this.#addFile('completed-before', 9_000_000)];
    for (const file of there) await this.#putCopied(file);
    await this.#send('DataDeliveryReady', { ...project, files: [small] });
    await this.#send('DataDeliveryReady', { ...project, files: there });
    await this.#untilLeft(0);
  }

  /** A return and the message of unknown type are left to people. */
  async #sendWhatDoesNotFit(): Promise<void> {
    const nobody = { accessIdentifier: 'nobody' };
    await this.#send('CreateProject', project);
    await this.#send('CreateProjectAccess', { ...nobody, projectNo: '9' });
    await this.#send('DisableProjectAccess', nobody);
    await this.#send('EnableProjectAccess', nobody);
    await this.#send('ResetPassword', nobody);
    await this.#send('DeleteProjectAccess', nobody);
    // Alone in their lines: whoever handles the last message of a line reads it.
    await this.#send('EnableProjectAccess', { accessIdentifier: 'no one' });
    await this.#send('ResetPassword', { accessIdentifier: 'none' });
    await this.#send('DeleteProject', { projectNo: '8' });
    await this.#send('DataDeliveryReady', { projectNo: '9', files: [] });
    await this.#send('DeleteProject', { projectNo: '9' });
    await this.#send('ReturnDataFile', { fileId: 'nothing' });
    await this.#send('DeleteDataFile', { fileId: 'nothing' });
    await this.#send('RenameProject', project);
    await this.#untilLeft(2);
  }

  /** A researcher signs in with what the portal was told, and has a file analysed. */
  async #orderAnalysis({ fileId }: FileDetails): Promise<void> {
    const taken = await this.#gateway.invoke('take-one-time-password', access);
    const researcher = z
      .object({ loginName: z.string(), oneTimePassword: z.string() })
      .parse('payload' in taken ? JSON.parse(String(taken.payload)) : taken);
    await playAnalysis(this.#gateway.endpoints.api?.url ?? '', this.#admin, researcher, fileId);
  }

  async #delete(small: FileDetails): Promise<void> {
    const wrong = await this.#addFile('wrong', 1, { corruptFirst: 100 });
    await this.#send('DataDeliveryReady', { ...project, files: [wrong] });
    await this.#untilFailed(wrong);
    await this.#untilLeft(3);

    await this.#leaveUploads('projects/1001/files/other', 'outbox/1001/other');
    await this.#putResult('outbox/1001/folder/of no use');
    await this.#send('ReturnDataFile', small);
    await this.#send('DeleteDataFile', small);
    await this.#send('DeleteDataFile', wrong);
    await this.#send('DeleteProjectAccess', access);
    const deletion = await this.#send('DeleteProject', project);
    await this.#send('CreateProject', project);
    await this.#hastenRemoval(deletion);
    await this.#untilLeft(2);
  }

  /** Has the workspace count as quiet: nobody may write into it any more some minutes after a job's end. */
  async #hastenRemoval(messageId: string): Promise<void> {
    const { workspaces, messages } = this.#gateway.endpoints.dynamodb.tables;
    const now = { ExpressionAttributeValues: { ':now': Date.now() } };
    const makeDue = { TableName: messages, Key: { messageId }, UpdateExpression: 'SET dueAt = :now', ...now };
    let removals = 0;
    await vi.waitFor(
      async () => {
        await this.#gateway.invoke('poll');
        const waiting = await this.#db.send(
          new ScanCommand({ TableName: workspaces, FilterExpression: 'attribute_exists(quietAt)' }),
        );
        for (const { scope, item } of waiting.Items ?? []) {
          removals += 1;
          const quieten = { TableName: workspaces, Key: { scope, item }, UpdateExpression: 'SET quietAt = :now' };
          const isThere = { ConditionExpression: 'attribute_exists(quietAt)' };
          await unlessRefused(this.#db.send(new UpdateCommand({ ...quieten, ...isThere, ...now })));
          await this.#db.send(new UpdateCommand(makeDue));
        }
        expect(removals).toBeGreaterThan(0);
        expect(waiting.Items).toEqual([]);
      },
      { timeout: leaseTime + 30_000, interval: 200 },
    );
  }

  /** Sends a message that is too long for a table. */
  #send(messageType: string, data: object): Promise<string> {
    return this.#portal.send(messageType, { ...data, remark: 'x'.repeat(100_000) });
  }

  #addFile(fileId: string, size: number, behaviour: FileBehaviour = {}): Promise<FileDetails> {
    return this.#portal.addFile({ fileId, size }, behaviour);
  }

  /** Has the portal fail the next such call. */
  #fail(call: 'PATCH /messages/{id}' | 'POST /data/{fileId}', ...others: FaultRule[]): Promise<void> {
    return this.#portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: [call], times: 1 }, ...others] });
  }

  /** Puts an object into the outbox, and waits until the function that is told of it has seen it. */
  async #putResult(Key: string, fileSize = 1): Promise<void> {
    const seen = Promise.withResolvers<void>();
    this.#gateway.events.on('invocation', ({ name }) => name === 'register-result' && seen.resolve());
    await this.#putObject(Key, Buffer.alloc(fileSize));
    await seen.promise;
  }

  /** Unfinished uploads, as a copy leaves them that was killed. */
  async #leaveUploads(...keys: string[]): Promise<void> {
    for (const Key of keys) await this.#s3.send(new CreateMultipartUploadCommand({ Bucket: this.#bucket, Key }));
  }

  async #putObject(Key: string, Body: Buffer, md5 = ''): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key, Body, Metadata: { md5 } }));
  }

  /** An object as a copy leaves it that did not live to tell. */
  async #putCopied({ fileId, fileSize, fileChecksum }: FileDetails): Promise<void> {
    const content = Buffer.concat([...fileContent({ seed: fileId, size: fileSize })]);
    await this.#putObject(`projects/1001/files/${fileId}`, content, fileChecksum);
  }

  get #db() {
    const { credentials, dynamodb } = this.#gateway.endpoints;
    const { endpoint } = dynamodb;
    return DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, credentials, region: 'eu-north-1' }));
  }

  get #bucket() {
    return this.#gateway.endpoints.s3.buckets.files;
  }

  get #s3() {
    const { credentials, s3 } = this.#gateway.endpoints;
    const { endpoint } = s3;
    return new S3Client({ endpoint, credentials, region: 'eu-north-1', forcePathStyle: true });
  }

  /** Polls until all attempts of a file are used up. */
  async #untilFailed({ fileId }: FileDetails): Promise<void> {
    const { files } = this.#gateway.endpoints.dynamodb.tables;
    const get = new GetCommand({ TableName: files, Key: { fileId } });
    await vi.waitFor(
      async () => {
        await this.#gateway.invoke('poll');
        expect((await this.#db.send(get)).Item?.state).toBe('failed');
      },
      { timeout: leaseTime, interval: 100 },
    );
  }

  /** Polls, whenever nothing is under way, until the portal lists only so many messages: so polls take no work from others. */
  async #untilLeft(messages: number): Promise<void> {
    const idle = { messages: 0, invocations: 0, executions: 0 };
    await vi.waitFor(
      async () => {
        expect(await this.#gateway.activity()).toEqual(idle);
        const pending = await this.#portal.pending();
        if (pending !== messages) await this.#gateway.invoke('poll');
        expect(pending).toBe(messages);
      },
      // A deletion waits for the lease of a file that could not be fetched.
      { timeout: leaseTime + 30_000, interval: 50 },
    );
  }
}
