import { randomBytes } from 'node:crypto';
import { CreateMultipartUploadCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { ChunkPool, chunkSize } from '../../shared/files/copy/chunks.ts';
import { FileHash } from '../../shared/files/copy/hash.ts';
import { Upload } from '../../shared/files/copy/upload.ts';
import { useServices } from './file-services.ts';
import { createWorld } from './files-fixture.ts';

const services = useServices();

/** An upload whose parts have so many chunks. */
async function setUp(total: number | undefined, chunksOfPart: number) {
  const world = await createWorld(services());
  const target = { Bucket: world.bucket, Key: 'projects/1/files/a' };
  const create = new CreateMultipartUploadCommand({
    ...target,
    ChecksumAlgorithm: 'CRC32',
    ChecksumType: 'FULL_OBJECT',
  });
  const { UploadId = '' } = await world.s3.send(create);
  const stored: { parts: number; bytes: number }[] = [];
  const abort = new AbortController();
  const upload = new Upload(
    {
      s3: world.s3,
      chunks: new ChunkPool(),
      target: { ...target, UploadId },
      total,
      partSize: () => chunksOfPart * chunkSize,
      maxBytesInFlight: 2 * chunkSize,
      write: (request) => request(abort.signal),
      stored: (parts, { bytes }) => void stored.push({ parts, bytes }),
    },
    { parts: 0, bytes: 0 },
  );
  const hash = await FileHash.begin();
  const add = (length: number) => {
    const chunk = randomBytes(length);
    hash.add(chunk);
    return upload.add(chunk, hash.state);
  };
  const sizes = async () => {
    const { Parts = [] } = await world.s3.send(new ListPartsCommand({ ...target, UploadId }));
    return Parts.map(({ Size }) => Size);
  };
  return { upload, hash, add, sizes, stored, abort };
}

describe('an upload whose parts need not fit in memory', () => {
  const total = 7 * chunkSize + 99;

  it('sends each as a stream that S3 checks', async () => {
    const { upload, hash, add, sizes, stored } = await setUp(total, 3);

    for (let chunk = 0; chunk < 7; chunk++) {
      await add(chunkSize);
      expect(upload.isBetweenParts).toBe(chunk % 3 === 2);
    }
    await add(99);
    await upload.end(hash.state);

    expect(await sizes()).toEqual([3 * chunkSize, 3 * chunkSize, chunkSize + 99]);
    expect(stored).toEqual([
      { parts: 1, bytes: 3 * chunkSize },
      { parts: 2, bytes: 6 * chunkSize },
      { parts: 3, bytes: total },
    ]);
  });

  it('fails when S3 does not take one, and counts only what is stored before it', async () => {
    const { upload, hash, add, stored } = await setUp(total, 3);
    for (let chunk = 0; chunk < 3; chunk++) await add(chunkSize);
    await upload.settled();
    services().s3.faults.inject('UploadPart', { status: 503, code: 'SlowDown' }, 10);

    const rest = async () => {
      for (let chunk = 3; chunk < 7; chunk++) await add(chunkSize);
      await add(99);
      await upload.end(hash.state);
    };

    await expect(rest()).rejects.toThrow();
    await upload.settled();
    services().s3.faults.clear();
    expect(stored).toEqual([{ parts: 1, bytes: 3 * chunkSize }]);
  });

  it('leaves no request behind when its copy ends in the middle of one', async () => {
    const { upload, add, sizes, abort } = await setUp(total, 3);
    await add(chunkSize);
    abort.abort(new Error('enough'));
    await upload.settled();
    expect(await sizes()).toEqual([]);
  });
});

describe('an upload of a file of unknown length', () => {
  it('gathers its parts before it sends them', async () => {
    const { upload, hash, add, sizes } = await setUp(undefined, 2);
    for (let chunk = 0; chunk < 3; chunk++) await add(chunkSize);
    await add(5);
    await upload.end(hash.state);
    expect(await sizes()).toEqual([2 * chunkSize, chunkSize + 5]);
  });
});
