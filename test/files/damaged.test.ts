import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { differencesOfHead } from '../../shared/files/stored-object.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';

const services = useServices();
const size = 20_000_000;

/** A project with a stored file of several parts, and a small one. */
async function setUp() {
  const world = await createWorld(services());
  await world.createProject();
  await world.sendDelivery([
    { fileId: 'a', size },
    { fileId: 'small', size: 1000 },
  ]);
  await world.settle();
  return world;
}

async function replace(world: World, fileId: string, Body: Buffer, md5?: string) {
  const file = await world.file(fileId);
  const Metadata = md5 === undefined ? {} : { md5 };
  await world.s3.send(new PutObjectCommand({ Bucket: world.bucket, Key: file?.objectKey, Body, Metadata }));
}

async function expectHeld(world: World, messageId: string, found: string) {
  expect(await world.message(messageId)).toMatchObject({ state: 'held', heldFrom: 'working', attempts: 1 });
  expect(await world.incidents()).toMatchObject([
    { kind: 'file-damaged', subject: messageId, messageId, count: 1, found: expect.stringContaining(found) },
  ]);
  expect(await world.portal.pending()).toBe(1);
  expect((await world.portal.snapshot()).received).toEqual([]);
  expect(await world.transferEntries()).toEqual([]);
}

describe('a return of a file whose object is', () => {
  it.each([
    ['shorter', 8, 'it has 8 bytes, 20000000 were stored'],
    ['without its MD5', size, 'the MD5 in its metadata is missing'],
  ])('%s is held, and nothing of it is sent', async (_how, length, found) => {
    const world = await setUp();
    await replace(world, 'a', Buffer.alloc(length, 'x'));
    const messageId = await world.portal.send('ReturnDataFile', { fileId: 'a' });

    await world.settle();

    await expectHeld(world, messageId, 'File a is not in S3 as DST delivered it');
    await expectHeld(world, messageId, found);
    expect((await world.portal.snapshot()).requests['POST /data/{fileId}']).toEqual({});
  });

  it.each([
    ['a', size],
    ['small', 1000],
  ])('another one, but for length and metadata, is held before DST has file %s whole', async (fileId, length) => {
    const world = await setUp();
    const { checksum } = (await world.file(fileId)) ?? {};
    await replace(world, fileId, Buffer.alloc(length, 'x'), checksum);
    const messageId = await world.portal.send('ReturnDataFile', { fileId });

    await world.settle();

    await expectHeld(world, messageId, `File ${fileId} is not in S3 as DST delivered it`);
    await expectHeld(world, messageId, `DST announced ${checksum}`);
    expect((await world.portal.snapshot()).requests['POST /data/{fileId}']).toEqual({ aborted: 1 });
  });

  it('missing is held, and the file named', async () => {
    const world = await setUp();
    const file = await world.file('a');
    await world.s3.send(new DeleteObjectCommand({ Bucket: world.bucket, Key: file?.objectKey }));
    const messageId = await world.portal.send('ReturnDataFile', { fileId: 'a' });

    await world.settle();

    await expectHeld(world, messageId, `(${file?.objectKey}): S3 has no such object`);
  });

  it('a copy of the file, put back by other means, is made', async () => {
    const world = await setUp();
    const { objectKey = '', checksum = '' } = (await world.file('a')) ?? {};
    const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: world.bucket, Key: objectKey }));
    await replace(world, 'a', Buffer.from((await Body?.transformToByteArray()) ?? []), checksum);
    const messageId = await world.portal.send('ReturnDataFile', { fileId: 'a' });
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
    expect((await world.portal.snapshot()).received).toMatchObject([{ fileId: 'a', md5: checksum }]);
  });
});

describe('what S3 says about an object', () => {
  const row = { size: 5, checksum: 'abc', crc32: 'AAAAAA==' };
  const head = {
    ContentLength: 5,
    Metadata: { md5: 'abc' },
    ChecksumCRC32: 'AAAAAA==',
    ChecksumType: 'FULL_OBJECT',
  } as const;

  it('is compared with what was stored', () => {
    expect(differencesOfHead(row, head)).toEqual([]);
    expect(differencesOfHead(row, { ...head, ChecksumCRC32: 'BBBBBB==' })).toEqual([
      'its CRC32 is BBBBBB==, AAAAAA== was stored',
    ]);
    expect(differencesOfHead(row, { ...head, Metadata: { md5: 'def' }, ContentLength: 4 })).toHaveLength(2);
  });

  it('may lack a checksum of the whole', () => {
    expect(differencesOfHead(row, { ...head, ChecksumCRC32: undefined })).toEqual([]);
    expect(differencesOfHead(row, { ...head, ChecksumCRC32: 'BBBBBB==-3', ChecksumType: 'COMPOSITE' })).toEqual([]);
    expect(differencesOfHead({ size: 5, checksum: 'abc' }, head)).toEqual([]);
  });
});

it('the checksum of a file that was stored in parts is recorded', async () => {
  const world = await setUp();
  const { objectKey = '', crc32 } = (await world.file('a')) ?? {};
  expect(crc32).toBe((await world.object(objectKey)).crc32);
});
