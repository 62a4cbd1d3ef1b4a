import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkPool, chunkSize, chunksOf, maxParts, partSizeFor } from '../../shared/files/copy/chunks.ts';

const mebibyte = 1024 ** 2;
const longestFile = 5 * 1024 ** 4;

describe('parts of a file of a known length', () => {
  it('keep the limits of multipart uploads, whatever the length up to 5 TiB', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.nat({ max: longestFile }), fc.integer({ min: longestFile - 1000, max: longestFile })),
        (length) => {
          const size = partSizeFor(chunkSize, length)(0);
          expect(size).toBeGreaterThanOrEqual(5 * mebibyte);
          expect(size).toBeLessThanOrEqual(5 * 1024 * mebibyte);
          expect(Math.ceil(length / size)).toBeLessThanOrEqual(maxParts);
        },
      ),
    );
  });

  it('are all of one size', () => {
    fc.assert(
      fc.property(fc.nat({ max: longestFile }), fc.nat({ max: maxParts }), (length, index) => {
        expect(partSizeFor(chunkSize, length)(index)).toBe(partSizeFor(chunkSize, length)(0));
      }),
    );
  });

  it('are few enough wherever a copy goes on, even when the length was not known before', () => {
    const stored = fc.record({ parts: fc.nat({ max: 5_000 }), bytes: fc.nat({ max: 100 * 1024 ** 3 }) });
    fc.assert(
      fc.property(fc.nat({ max: longestFile }), stored, (rest, from) => {
        const size = partSizeFor(chunkSize, from.bytes + rest, from)(from.parts);
        expect(size % chunkSize).toBe(0);
        expect(from.parts + Math.ceil(rest / size)).toBeLessThanOrEqual(maxParts);
      }),
    );
  });

  it('are 8 MiB up to 78 GiB', () => {
    expect(partSizeFor(chunkSize, 0)(0)).toBe(8 * mebibyte);
    expect(partSizeFor(chunkSize, maxParts * 8 * mebibyte)(0)).toBe(8 * mebibyte);
    expect(partSizeFor(chunkSize, maxParts * 8 * mebibyte + 1)(0)).toBe(16 * mebibyte);
  });
});

describe('parts of a file of unknown length', () => {
  const sizeOf = partSizeFor(chunkSize, undefined);

  it('grow, and never shrink', () => {
    fc.assert(
      fc.property(fc.nat({ max: maxParts - 2 }), (index) => {
        expect(sizeOf(index + 1)).toBeGreaterThanOrEqual(sizeOf(index));
      }),
    );
    expect(sizeOf(0)).toBe(8 * mebibyte);
    expect(sizeOf(maxParts - 1)).toBe(80 * mebibyte);
  });

  it('hold 400 GiB together', () => {
    const sum = Array.from({ length: maxParts }, (_, index) => sizeOf(index)).reduce((a, b) => a + b);
    expect(sum).toBeGreaterThan(400 * 1024 ** 3);
  });
});

describe('chunksOf', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  const lengths = fc.option(fc.nat({ max: 500 }), { nil: undefined });

  it('gathers the same bytes into chunks of just the size asked for, whatever length was said', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 30 }), lengths, async (given, size, said) => {
        const all = Buffer.concat(given);
        const length = said === undefined ? undefined : Math.max(said, all.length);

        const chunks = await Array.fromAsync(chunksOf(streamOf(given), new ChunkPool(size), length));

        expect(Buffer.concat(chunks)).toEqual(all);
        for (const chunk of chunks.slice(0, -1)) expect(chunk).toHaveLength(size);
        expect(chunks).toHaveLength(Math.ceil(all.length / size));
      }),
    );
  });

  it('gives each chunk memory of its own, so that one can be sent while the next is filled', async () => {
    const chunks = chunksOf(streamOf([Buffer.from('abcdef')]), new ChunkPool(3));
    const first = (await chunks.next()).value;
    await chunks.next();
    expect(first?.toString()).toBe('abc');
  });

  it('uses memory again that is given back, of whole chunks alone', async () => {
    const pool = new ChunkPool();
    const chunks = () => Array.fromAsync(chunksOf(streamOf([Buffer.alloc(chunkSize + 3)]), pool));
    const before = await chunks();
    for (const chunk of before) pool.giveBack(chunk);
    const after = await chunks();
    expect(after.map((chunk) => chunk.buffer === before[0]?.buffer)).toEqual([true, false]);
    expect(after.map(({ length }) => length)).toEqual([chunkSize, 3]);
  });
});

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
