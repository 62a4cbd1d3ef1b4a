import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CrcAlgorithm,
  checksumAlgorithms,
  combineCrcs,
  createHasher,
  type DigestAlgorithm,
} from '../../../../infra/local/s3/checksums.ts';

async function digest(algorithm: DigestAlgorithm, ...pieces: Uint8Array[]): Promise<Buffer> {
  const hasher = await createHasher(algorithm);
  for (const piece of pieces) hasher.update(piece);
  return hasher.digest();
}

describe('checksums', () => {
  // The check values of the catalogue of parametrised CRC algorithms, over the digits 1 to 9.
  test.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
    ['MD5', '25f9e794323b453885f5181f1b624d0b'],
  ] as const)('%s has its check value', async (algorithm, expected) => {
    expect((await digest(algorithm, Buffer.from('123456789'))).toString('hex')).toBe(expected);
  });

  test.each(checksumAlgorithms)('%s does not depend on how the data is cut', async (algorithm) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.uint8Array(), async (a, b) => {
        expect(await digest(algorithm, a, b)).toEqual(await digest(algorithm, Buffer.concat([a, b])));
      }),
    );
  });

  test.each<CrcAlgorithm>(['CRC32', 'CRC32C', 'CRC64NVME'])(
    '%s of pieces combines to that of the whole',
    async (algorithm) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 8 }), async (pieces) => {
          const crcs = await Promise.all(
            pieces.map(async (piece) => ({ crc: await digest(algorithm, piece), size: piece.length })),
          );
          expect(combineCrcs(algorithm, crcs)).toEqual(await digest(algorithm, ...pieces));
        }),
      );
    },
  );

  test('combines sizes beyond 32 bits', async () => {
    // Zeros before nothing: shifting 2^33 bytes at once is the same as shifting 2^32 bytes twice.
    const crc = await digest('CRC32', Buffer.from('begin'));
    const empty = Buffer.alloc(4);
    const atOnce = combineCrcs('CRC32', [
      { crc, size: 5 },
      { crc: empty, size: 2 ** 33 },
    ]);
    const twice = combineCrcs('CRC32', [
      { crc, size: 5 },
      { crc: empty, size: 2 ** 32 },
      { crc: empty, size: 2 ** 32 },
    ]);
    expect(atOnce).toEqual(twice);
  });

  test('combines the 10,000 parts of the largest upload in well under a second', async () => {
    const crc = await digest('CRC64NVME', Buffer.from('part'));
    const begin = performance.now();
    combineCrcs(
      'CRC64NVME',
      Array.from({ length: 10_000 }, () => ({ crc, size: 8 * 1024 ** 2 })),
    );
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
