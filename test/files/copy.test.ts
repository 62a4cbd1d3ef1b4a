import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it, vi } from 'vitest';
import type { FileBehaviours } from '../../infra/local/portal/faults.ts';
import type { S3Fault } from '../../infra/local/s3/faults.ts';
import type { OperationName } from '../../infra/local/s3/operations.ts';
import { ChecksumError } from '../../shared/files/copy/check-md5.ts';
import { copyFile } from '../../shared/files/copy/copy.ts';
import type { CopyProgress } from '../../shared/files/copy/copy-progress.ts';
import type { ResumePoint } from '../../shared/files/copy/resume.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { objectKeyOf } from '../../shared/files/object-key.ts';
import { PermanentError } from '../../shared/platform/errors.ts';
import { PortalError } from '../../shared/portal/errors.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';

const services = useServices();
const small = 8 * 1024 ** 2;
const large = 2 * small + 1234;

async function setUp({ size, ...options }: WorldOptions & { size: number }, behaviour: FileBehaviours = {}) {
  const world = await createWorld(services(), options);
  const { fileChecksum: checksum } = await world.portal.addFile({ fileId: 'a', size }, behaviour);
  const file = rowOf(checksum);
  const seen = { expected: new Set<number | undefined>(), received: 0, stored: 0, asked: 0 };
  const points: (ResumePoint | undefined)[] = [];
  const abort = new AbortController();
  const progress: CopyProgress = {
    signal: abort.signal,
    isTimeUp: () => false,
    resumeFrom: async (point) => void points.push(point),
    expect: (bytes) => void seen.expected.add(bytes),
    received: (bytes) => {
      seen.received += bytes;
    },
    stored: (bytes) => {
      seen.stored = bytes;
    },
    write: (request) => request(abort.signal),
    mayWrite: async () => {
      seen.asked += 1;
    },
  };
  const copy = (row = file, more: Partial<CopyProgress> = {}, io = world.gateway.io) =>
    copyFile(io, row, { ...progress, ...more });
  const inject = (operation: OperationName, fault: S3Fault, times?: number) =>
    services().s3.faults.inject(operation, fault, times);
  return { world, file, seen, points, abort, copy, inject };
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
    ['of unknown length', 5000, { chunked: true, ranges: false }],
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
    const { copy } = await setUp({ size: small }, { chunked: true, ranges: false });
    expect(await copy()).toMatchObject({ size: small, upload: {} });
  });

  it('outlives a part that S3 refuses for the moment, or whose answer is lost', async () => {
    const { seen, copy, inject } = await setUp({ size: large });
    inject('UploadPart', { status: 503, code: 'SlowDown' });
    inject('UploadPart', { cut: 'after' });
    expect(await copy()).toMatchObject({ size: large });
    expect(seen.stored).toBe(large);
  });

  it.each([
    ['', { ranges: true }],
    [', where ranges are ignored', { ranges: false }],
  ])('is fetched no faster than S3 takes it%s', async (_, behaviour) => {
    const size = 12 * small;
    const { world, seen, copy, inject } = await setUp({ size }, behaviour);
    const io = { ...world.gateway.io, rangesInFlight: 2, bytesInFlight: 6 * small };
    inject('UploadPart', { delay: 250 }, 12);
    let maxHeld = 0;
    const received = (bytes: number) => {
      seen.received += bytes;
      maxHeld = Math.max(maxHeld, seen.received - seen.stored);
    };

    await copy(undefined, { received }, io);

    // Two of the three parts in flight may be stored before the first: they count as held.
    expect(maxHeld).toBeLessThanOrEqual(io.bytesInFlight + 2 * small);
    expect(seen.stored).toBe(size);
  });

  it('that S3 keeps refusing fails, to be tried again, and what is stored is kept', async () => {
    const { world, file, copy, inject, points } = await setUp({ size: large });
    inject('UploadPart', { status: 503, code: 'SlowDown' }, 100);
    await expect(copy()).rejects.toThrow('SlowDown');
    services().s3.faults.clear();
    expect(await world.uploads()).toEqual([file.objectKey]);
    expect(await copy({ ...file, ...resumed(points) })).toMatchObject({ size: large });
    expect(await world.uploads()).toEqual([file.objectKey]);
  });

  it('stops when it is ended from outside', async () => {
    // Twice what may be in memory: whatever the pace, it can't be through when the first part is stored.
    const size = 6 * small;
    const subject = await setUp({ size });
    const io = { ...subject.world.gateway.io, bytesInFlight: 3 * small };
    const stored = (bytes: number) => (bytes > 0 ? subject.abort.abort(new Error('enough')) : undefined);
    await expect(subject.copy(subject.file, { stored }, io)).rejects.toThrow();
    expect(subject.points.at(-1)?.bytes).toBeLessThan(size);
  });
});

const resumed = (points: readonly (ResumePoint | undefined)[]) => {
  const resume = points.at(-1);
  return resume ? { resume } : {};
};

it('a copy that loses its file as it begins an upload leaves nothing', async () => {
  const subject = await setUp({ size: large });
  const parts = countedParts(subject.world);
  const resumeFrom = async () => subject.abort.abort(new Error('another has the file'));
  await expect(subject.copy(subject.file, { resumeFrom })).rejects.toThrow('another has the file');
  expect(parts()).toEqual([]);
  await expectNothingLeft(subject);
});

describe('a copy whose connections break', () => {
  const size = 4 * small + 1234;

  it.each<[string, FileBehaviours]>([
    ['in every answer', { dropAfterBytes: 3_000_000 }],
    ['at the same bytes once', { dropAt: [1, small - 1, 2 * small, size - 1] }],
    ['where ranges are ignored', { ranges: false, dropAt: [1, small - 1, 2 * small, size - 1] }],
    ['with half of an answer that ends as if complete', { truncateFirst: 4 }],
    ['where ranges are honoured only at first', [{ ranges: true, dropAt: [5_000_000] }, {}, { ranges: false }]],
    ['where ranges are honoured only later', [{ ranges: false, dropAt: [5_000_000] }, { ranges: true }]],
    ['without a length and without ranges', { chunked: true, ranges: false, dropAt: [small + 1] }],
    ['without an ETag', { etag: false, dropAt: [small + 1] }],
    ['with a weak ETag', { etag: 'W/weak', dropAt: [small + 1] }],
    ['with another ETag in each answer', [{ etag: '1', dropAt: [small + 1] }, { etag: '2' }, { etag: '3' }]],
  ])('%s, goes on where it was', async (_, behaviour) => {
    const { world, copy, points } = await setUp({ size }, behaviour);
    const parts = countedParts(world);

    const copied = await copy();

    expect(copied).toMatchObject({ size, upload: { uploadId: points[0]?.uploadId } });
    expect(parts()).toHaveLength(5);
    expect(points.at(-1)).toMatchObject({ bytes: size, parts: 5 });
  });

  it('fetches hardly more than the file where ranges are honoured', async () => {
    const { seen, copy } = await setUp({ size }, { dropAfterBytes: 3_000_000 });
    await copy();
    expect(seen.received).toBe(size);
  });

  it('fails when nothing more comes, to be tried again', async () => {
    const { copy } = await setUp({ size }, { dropAfterBytes: 0 });
    const error = await copy().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(error).not.toBeInstanceOf(ChecksumError);
  });
});

/** The numbers of the parts that are sent from now on. */
function countedParts(world: World) {
  const send = vi.spyOn(world.s3, 'send');
  send.mockClear();
  return () => send.mock.calls.flatMap(([{ input }]) => ('PartNumber' in input ? [input.PartNumber] : []));
}

describe('a copy that was left', () => {
  const size = 4 * small + 1234;

  /** Copies one part after the other until so many are stored, and pauses. */
  async function setUpLeft(parts: number, behaviour: FileBehaviours = {}) {
    const subject = await setUp({ size }, behaviour);
    const isTimeUp = () => (subject.points.at(-1)?.parts ?? 0) >= parts;
    const oneByOne = { ...subject.world.gateway.io, rangesInFlight: 1, bytesInFlight: 3 * small };
    expect(await subject.copy(subject.file, { isTimeUp }, oneByOne)).toBeUndefined();
    const resume = subject.points.at(-1);
    if (!resume) throw new Error('Nothing was left to resume');
    return {
      ...subject,
      resume,
      goOn: (more: Partial<ResumePoint> = {}) => subject.copy({ ...subject.file, resume: { ...resume, ...more } }),
    };
  }

  it.each<[string, FileBehaviours]>([
    ['goes on', {}],
    ['goes on where ranges are ignored', { ranges: false }],
    ['goes on where the length is unknown', { ranges: false, chunked: true }],
    ['goes on where the ETag is another', { etag: 'another' }],
  ])('%s, and sends no part twice', async (_, behaviour) => {
    const { world, goOn, resume } = await setUpLeft(2, behaviour);
    const parts = countedParts(world);
    const copied = await goOn();
    expect(copied).toMatchObject({ size, upload: { uploadId: resume.uploadId } });
    expect(parts().toSorted()).toEqual([1, 2, 3, 4, 5].slice(resume.parts));
  });

  it('in slices of a part each is whole in the end', async () => {
    const { world, file, points, copy } = await setUp({ size });
    let copied: Awaited<ReturnType<typeof copy>>;
    let slices = 0;
    for (; !copied; slices++) copied = await copy({ ...file, ...resumed(points) }, { isTimeUp: () => true });
    expect(slices).toBeGreaterThan(3);
    expect(copied).toMatchObject({ size });
    expect(await world.uploads()).toEqual([file.objectKey]);
  });

  it('asks the portal for nothing when all was copied', async () => {
    const { world, file, points, copy } = await setUp({ size });
    const first = await copy();
    const { served } = await world.portal.snapshot();
    expect(await copy({ ...file, ...resumed(points) })).toEqual(first);
    expect((await world.portal.snapshot()).served).toEqual(served);
  });

  it.each<[string, Partial<ResumePoint>]>([
    ['its length is another', { total: size + 1 }],
    ['S3 has its upload no more', { uploadId: 'gone' }],
    ['the state of its MD5 is of no use', { md5: 'AAAA' }],
  ])('is thrown away when %s, for a later one to start over', async (_, more) => {
    const { world, goOn, file, points, copy } = await setUpLeft(2);
    const error = await goOn(more).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(points.at(-1)).toBeUndefined();
    const left = 'uploadId' in more ? [file.objectKey] : [];
    expect(await world.uploads()).toEqual(left);
    expect(await copy()).toMatchObject({ size });
  });

  it('keeps what is stored when an answer is a page, of another length than announced', async () => {
    const { world, file, points, copy, resume } = await setUpLeft(2);
    await world.portal.setFaults({ rules: [{ kind: 'html', status: 200, calls: ['GET /data/{fileId}'], times: 1 }] });
    await expect(copy({ ...file, size, resume })).rejects.toThrow('HTML page instead of the file');
    expect(points).not.toContain(undefined);
    expect(await copy({ ...file, size, resume })).toMatchObject({ size, upload: { uploadId: resume.uploadId } });
  });

  it('starts over when the portal has more than it seemed to, and S3 refuses to abort its upload', async () => {
    const { world, file, points, copy, inject } = await setUp({ size }, { truncateFirst: 1, ranges: false });
    inject('AbortMultipartUpload', { status: 403, code: 'AccessDenied' });
    await expect(copy()).rejects.toThrow('AccessDenied');
    const resume = points.findLast((point) => point !== undefined);
    expect(resume).toMatchObject({ bytes: size / 2, parts: 3 });
    await expect(copy({ ...file, ...(resume && { resume }) })).rejects.toThrow('after its last part');

    const copied = await copy();

    expect(copied).toMatchObject({ size });
    expect(points.at(-1)).toMatchObject({ bytes: size, parts: 5, uploadId: copied?.upload?.uploadId });
    expect(await world.uploads()).toEqual([file.objectKey]);
  });

  it('is a ChecksumError when the parts do not belong together, and leaves nothing', async () => {
    const subject = await setUpLeft(2);
    await subject.world.portal.setFileBehaviour('a', { seed: 'another', etag: subject.file.checksum });
    await expect(subject.goOn()).rejects.toThrow(ChecksumError);
    expect(subject.points.at(-1)).toBeUndefined();
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

  it('is a ChecksumError when half of it is missing and nobody announced its size', async () => {
    const subject = await setUp({ size }, { truncateFirst: 1, ranges: false });
    await expect(subject.copy()).rejects.toThrow(ChecksumError);
    await expectNothingLeft(subject);
  });

  it.each([
    ['half of it is missing', size],
    ['half of it is missing, whose size was announced in 32 bits', size + 2 ** 32],
  ])('is no ChecksumError when %s', async (_, announced) => {
    const subject = await setUp({ size }, { truncateFirst: 1, ranges: false });
    const wrong = subject.copy({ ...subject.file, size: announced });
    await expect(wrong).rejects.toMatchObject({ name: 'ResumeError', retryable: true });
    await expectNothingLeft(subject);
    expect(await subject.copy({ ...subject.file, size: announced })).toMatchObject({ size });
  });

  it('is forgotten even when S3 refuses to abort its upload', async () => {
    const { copy, points, inject } = await setUp({ size }, { corruptFirst: 1 });
    inject('AbortMultipartUpload', { status: 403, code: 'AccessDenied' });
    await expect(copy()).rejects.toThrow();
    expect(points.at(-1)).toBeUndefined();
  });

  it('fails when the portal does not have it, or not for us', async () => {
    const subject = await setUp({ size }, { forbidden: true });
    await expect(subject.copy()).rejects.toThrow(PortalError);
    await expectNothingLeft(subject);
  });
});
