import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { fileContent } from '../../infra/local/portal/content.ts';
import { base64Crc } from '../../shared/files/copy/upload.ts';
import type { FileRow } from '../../shared/files/file.ts';
import type { ResultRow } from '../../shared/files/result.ts';
import { isResult } from '../../shared/files/rows.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import type { Services } from '../files/file-services.ts';
import { apiKey, type World } from '../files/files-fixture.ts';
import { tableNames } from '../support/services.ts';
import { bytesOf, contentOf, type Fixture, type Row } from './fixture.ts';
import type { Stage } from './stage.ts';

/** All that a gateway holds, but the end. What is in its queues is taken out of them. */
export async function takeSnapshot(
  world: World,
  services: Services,
  { inFlight, files: ofPortal }: Pick<Stage, 'inFlight' | 'files'>,
): Promise<Fixture> {
  const items: Fixture['items'] = [];
  for (const table of tableNames) {
    const rows = await world.rows(table);
    items.push(...rows.map((item) => ({ table, item })).toSorted(byText));
  }
  const rows = await Array.fromAsync(scan<FileRow | ResultRow>(world.context.db, world.tables.files));
  const files = rows.filter((row): row is FileRow => !isResult(row));
  const fileOf = (key: string) => files.find(({ objectKey }) => objectKey === key);
  return {
    at: world.clock.now(),
    items,
    objects: await objectsOf(world, fileOf),
    uploads: await uploadsOf(world, fileOf),
    queues: await queuedIn(world, services),
    executions: inFlight,
    listed: await listedBy(world),
    files: [...ofPortal.values()].map(({ fileId, size }) => ({ fileId, size })).toSorted(byText),
    end: [],
  };
}

/** The id by which the portal has a file. */
const portalIdOf = ({ portalId, fileId }: Row | FileRow) => String(portalId ?? fileId);

const byText = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

async function objectsOf(world: World, fileOf: (key: string) => FileRow | undefined) {
  return Promise.all(
    (await world.objects()).map(async (Key) => {
      const { s3, bucket } = world;
      const { Body, Metadata = {} } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const file = fileOf(Key);
      const isWhole = createHash('md5').update(bytes).digest('hex') === file?.checksum;
      const content = file && isWhole ? { fileId: portalIdOf(file) } : contentOf(bytes);
      return { key: Key, metadata: Metadata, ...content };
    }),
  );
}

async function uploadsOf({ s3, bucket }: World, fileOf: (key: string) => FileRow | undefined) {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Promise.all(
    Uploads.map(async ({ Key = '', UploadId = '' }) => {
      const { Parts = [] } = await s3.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }));
      const file = fileOf(Key);
      const fileId = file ? portalIdOf(file) : '';
      return { key: Key, uploadId: UploadId, fileId, parts: Parts.map(({ Size = 0 }) => Size) };
    }),
  );
}

async function queuedIn({ gateway, bucket }: World, { sqs }: Services) {
  const queues: Fixture['queues'] = [];
  for (const type of Object.keys(gateway.handlers)) {
    const messages = await sqs.receive(`${bucket}-${type}`, 10, 0);
    const handles = messages.map(({ ReceiptHandle }) => ReceiptHandle);
    await sqs.delete(`${bucket}-${type}`, handles);
    queues.push(...messages.map(({ Body }) => ({ type, body: Body })));
  }
  return queues;
}

/**
 * Puts what was held into a gateway that is new, and into its portal what it had not marked.
 *
 * @returns the same, with the ids that uploads have now
 */
export async function restore(world: World, fixture: Fixture): Promise<Fixture> {
  const begun = Date.now();
  await world.clock.advance(fixture.at - world.clock.now());
  await Promise.all(fixture.files.map((file) => world.portal.addFile(file)));
  for (const object of fixture.objects) await putObject(world, object, fixture);
  const uploadIds = new Map<string, string>();
  for (const upload of fixture.uploads) uploadIds.set(upload.uploadId, await putParts(world, upload, fixture));
  const text = [...uploadIds].reduce((all, [then, now]) => all.replaceAll(then, now), JSON.stringify(fixture));
  const restored: Fixture = JSON.parse(text);
  for (const { table, item } of restored.items) {
    const Item: Row = { ...item, ...(await timesOfS3(world, item, begun)) };
    await world.context.db.send(new PutCommand({ TableName: world.tables[table as keyof World['tables']], Item }));
  }
  await listAgain(world, restored);
  return restored;
}

const sizeOf = ({ files }: Fixture, fileId: string) => files.find((file) => file.fileId === fileId)?.size ?? 0;

async function putObject({ s3, bucket }: World, object: Fixture['objects'][number], fixture: Fixture): Promise<void> {
  const { key, metadata, fileId } = object;
  const content = { seed: fileId ?? '', size: sizeOf(fixture, fileId ?? '') };
  const Body = fileId ? Buffer.concat([...fileContent(content)]) : bytesOf(object);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, Metadata: metadata }));
}

/** S3 gives ids to uploads: @returns the new one */
async function putParts(
  { s3, bucket }: World,
  { key, fileId, parts }: Fixture['uploads'][number],
  fixture: Fixture,
): Promise<string> {
  const target = { Bucket: bucket, Key: key };
  const isOfFile = ({ table, item }: Fixture['items'][number]) => table === 'files' && portalIdOf(item) === fileId;
  const checksum = fixture.items.find(isOfFile)?.item.checksum;
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({
      ...target,
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
      Metadata: { md5: String(checksum) },
    }),
  );
  let offset = 0;
  for (const [index, size] of parts.entries()) {
    const Body = Buffer.concat([
      ...fileContent({ seed: fileId, size: sizeOf(fixture, fileId) }, offset, offset + size),
    ]);
    const part = { UploadId, PartNumber: index + 1, Body, ChecksumCRC32: base64Crc(crc32(Body)) };
    await s3.send(new UploadPartCommand({ ...target, ...part }));
    offset += size;
  }
  return UploadId ?? '';
}

/**
 * A result is told from another put of it by when S3 got it: which was just now. Outboxes were empty before.
 *
 * @param begun when the first object was put, in milliseconds since 1970
 */
async function timesOfS3({ s3, bucket }: World, { modifiedAt, emptyAt, objectKey }: Row, begun: number): Promise<Row> {
  if (emptyAt !== undefined) return { emptyAt: begun };
  if (modifiedAt === undefined || typeof objectKey !== 'string') return {};
  const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: objectKey }));
  return { modifiedAt: LastModified?.getTime() };
}

/** The portal's list, whatever is wrong with the portal otherwise. */
async function listedBy({ portal }: World): Promise<Fixture['listed']> {
  await portal.setFaults({ rules: [] });
  const answer = await fetch(`${portal.url}/messages`, { headers: { 'X-API-Key': apiKey } });
  const elements: unknown[] = JSON.parse(await answer.text());
  return elements.map((element) => contentOf(Buffer.from(JSON.stringify(element))));
}

/** Has the portal list again what it had not marked. */
export async function listAgain({ portal }: World, { listed }: Fixture): Promise<void> {
  for (const message of listed) await portal.sendRaw(bytesOf(message).toString());
}
