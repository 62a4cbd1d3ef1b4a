import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it, vi } from 'vitest';
import type { FileBehaviour } from '../../infra/local/portal/faults.ts';
import type { Fault } from '../../infra/local/s3/faults.ts';
import type { OperationName } from '../../infra/local/s3/operations.ts';
import { ChecksumError, type CopyProgress, copyFile } from '../../shared/files/copy.ts';
import { type FileRow, objectKeyOf } from '../../shared/files/file.ts';
import { PermanentError } from '../../shared/platform/errors.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { useServices } from './services.ts';
import { createWorld, type WorldOptions } from './world.ts';

const services = useServices();
const small = 8 * 1024 ** 2;
const large = 2 * small + 1234;

async function setUp({ size, ...options }: WorldOptions & { size: number }, behaviour: FileBehaviour = {}) {
  const world = await createWorld(services(), options);
  const { fileChecksum: checksum } = await world.portal.addFile({ fileId: 'a', size }, behaviour);
  const file = rowOf(checksum);
  const seen = { expected: new Set<number | undefined>(), received: 0, stored: 0, asked: 0 };
  const abort = new AbortController();
  const progress: CopyProgress = {
    signal: abort.signal,
    expect: (bytes) => void seen.expected.add(bytes),
    received: (bytes) => {
      seen.received += bytes;
    },
    stored: (bytes) => {
      seen.stored = bytes;
    },
    mayWrite: async () => {
      seen.asked += 1;
    },
  };
  const copy = (row = file, more: Partial<CopyProgress> = {}) =>
    copyFile(world.gateway.io, row, { ...progress, ...more });
  const inject = (operation: OperationName, fault: Fault, times?: number) =>
    services().s3.faults.inject(operation, fault, times);
  return { world, file, seen, abort, copy, inject };
}

const rowOf = (checksum: string): FileRow => ({
  fileId: 'a',
  projectNo: '1',
  messageId: 'm',
  objectKey: objectKeyOf('1', 'a'),
  checksum,
  state: 'copying',
  attempt: 1,
  checksumFailures: 0,
  dueAt: 0,
  bytesDone: 0,
  position: '1',
  createdAt: 0,
  version: 1,
});

type Subject = Awaited<ReturnType<typeof setUp>>;

async function expectNothingLeft({ world }: Subject) {
  expect(await world.objects()).toEqual([]);
  expect(await world.uploads()).toEqual([]);
}

describe('a small file', () => {
  it.each([
    ['empty', 0, {}],
    ['of one byte', 1, {}],
    ['of a byte less than 8 MiB', small - 1, {}],
    ['of 8 MiB', small, {}],
    ['of unknown length', 5000, { chunked: true }],
    ['empty and of unknown length', 0, { chunked: true }],
  ])('%s is put at once, with its MD5 checked by S3 and kept beside it', async (_, size, behaviour) => {
    const { world, file, seen, copy } = await setUp({ size }, behaviour);
    const put = vi.spyOn(world.s3, 'send');

    expect(await copy()).toEqual({ size });

    const object = await world.object(file.objectKey);
    expect(object).toMatchObject({ md5: file.checksum, size, metadata: { md5: file.checksum } });
    const [command] = put.mock.calls.map(([sent]) => sent).filter((sent) => sent instanceof PutObjectCommand);
    expect(command?.input.ContentMD5).toBe(Buffer.from(file.checksum, 'hex').toString('base64'));
    expect(seen).toMatchObject({ received: size, stored: size, asked: 1 });
    expect(seen.expected).toEqual(new Set(['chunked' in behaviour ? undefined : size]));
    expect(await world.uploads()).toEqual([]);
  });

  it('that was put by an earlier attempt is there already', async () => {
    const { copy } = await setUp({ size: 1000 });
    await copy();
    expect(await copy()).toEqual({ size: 1000 });
  });

  it('is there when only the answer to its PutObject is lost', async () => {
    const { world, file, copy, inject } = await setUp({ size: 1000 });
    inject('PutObject', { cut: 'after' });
    expect(await copy()).toEqual({ size: 1000 });
    expect(await world.object(file.objectKey)).toMatchObject({ md5: file.checksum });
  });

  it('is never put over an object that is not ours', async () => {
    const { world, file, copy } = await setUp({ size: 1000 });
    await world.s3.send(new PutObjectCommand({ Bucket: world.bucket, Key: file.objectKey, Body: 'foreign' }));

    await expect(copy()).rejects.toThrow(PermanentError);

    expect(await world.object(file.objectKey)).toMatchObject({ size: 7 });
  });

  it('is not written once somebody else has the file', async () => {
    const subject = await setUp({ size: 1000 });
    const lost = new PermanentError('lost');
    const copied = subject.copy(subject.file, { mayWrite: () => Promise.reject(lost) });
    await expect(copied).rejects.toBe(lost);
    await expectNothingLeft(subject);
  });
});

describe('a large file', () => {
  it.each([
    ['of known length', { chunked: false }],
    ['of unknown length', { chunked: true }],
  ])('%s is uploaded in parts, and not visible yet', async (_, behaviour) => {
    const { world, file, seen, copy } = await setUp({ size: large }, behaviour);

    const copied = await copy();

    expect(copied).toEqual({ size: large, upload: { uploadId: expect.any(String), crc32: expect.any(String) } });
    expect(await world.objects()).toEqual([]);
    expect(await world.uploads()).toEqual([file.objectKey]);
    expect(seen).toMatchObject({ received: large, stored: large, asked: 1 });
  });

  it('of 8 MiB and unknown length is one part', async () => {
    const { copy } = await setUp({ size: small }, { chunked: true });
    expect(await copy()).toMatchObject({ size: small, upload: {} });
  });

  it('outlives a part that S3 refuses for the moment, or whose answer is lost', async () => {
    const { seen, copy, inject } = await setUp({ size: large });
    inject('UploadPart', { status: 503, code: 'SlowDown' });
    inject('UploadPart', { cut: 'after' });
    expect(await copy()).toMatchObject({ size: large });
    expect(seen.stored).toBe(large);
  });

  it('is fetched no faster than S3 takes it', async () => {
    const { seen, copy, inject } = await setUp({ size: 20 * small });
    inject('UploadPart', { delay: 250 }, 20);
    let mostHeld = 0;
    const received = (bytes: number) => {
      seen.received += bytes;
      mostHeld = Math.max(mostHeld, seen.received - seen.stored);
    };

    await copy(undefined, { received });

    // 64 MiB on their way, one part that waits for room, and one that is filled meanwhile.
    expect(mostHeld).toBeLessThanOrEqual(10 * small);
    expect(seen.stored).toBe(20 * small);
  });

  it('leaves nothing when S3 keeps refusing a part', async () => {
    const subject = await setUp({ size: large });
    subject.inject('UploadPart', { status: 503, code: 'SlowDown' }, 20);
    await expect(subject.copy()).rejects.toThrow('SlowDown');
    services().s3.faults.clear();
    await expectNothingLeft(subject);
  });

  it('leaves nothing when it is ended from outside', async () => {
    const subject = await setUp({ size: 4 * small }, { bytesPerSecond: 8 * small });
    const stored = (bytes: number) => (bytes > 0 ? subject.abort.abort(new Error('enough')) : undefined);
    await expect(subject.copy(subject.file, { stored })).rejects.toThrow();
    await expectNothingLeft(subject);
  });
});

describe.each([
  ['small', 1000],
  ['large', large],
])('a %s file that does not come as announced', (_, size) => {
  it('is a ChecksumError when its bytes are wrong, and leaves nothing', async () => {
    const subject = await setUp({ size }, { corruptFirst: 1 });
    await expect(subject.copy()).rejects.toThrow(ChecksumError);
    await expectNothingLeft(subject);
  });

  it('is a ChecksumError when half of it is missing', async () => {
    const subject = await setUp({ size }, { truncateFirst: 1 });
    await expect(subject.copy()).rejects.toThrow(ChecksumError);
    await expectNothingLeft(subject);
  });

  it('fails, to be tried again, when the connection breaks', async () => {
    const subject = await setUp({ size }, { dropAfterBytes: Math.floor(size * 0.7) });
    const error = await subject.copy().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(error).not.toBeInstanceOf(ChecksumError);
    await expectNothingLeft(subject);
  });

  it('fails when the portal does not have it, or not for us', async () => {
    const subject = await setUp({ size }, { forbidden: true });
    await expect(subject.copy()).rejects.toThrow(PortalError);
    await expectNothingLeft(subject);
  });
});
