import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxParts, partSizeFor, partsOf } from '../../shared/files/parts.ts';

const mebibyte = 1024 ** 2;
const longestFile = 5 * 1024 ** 4;

describe('parts of a file of a known length', () => {
  it('keep the limits of multipart uploads, whatever the length up to 5 TiB', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.nat({ max: longestFile }), fc.integer({ min: longestFile - 1000, max: longestFile })),
        (length) => {
          const size = partSizeFor(length)(0);
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
        expect(partSizeFor(length)(index)).toBe(partSizeFor(length)(0));
      }),
    );
  });

  it('are 8 MiB up to 78 GiB', () => {
    expect(partSizeFor(0)(0)).toBe(8 * mebibyte);
    expect(partSizeFor(maxParts * 8 * mebibyte)(0)).toBe(8 * mebibyte);
    expect(partSizeFor(maxParts * 8 * mebibyte + 1)(0)).toBe(9 * mebibyte);
  });
});

describe('parts of a file of unknown length', () => {
  const sizeOf = partSizeFor(undefined);

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

describe('partsOf', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

  it('gathers the same bytes into parts of just the sizes asked for', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, sizes, async (given, asked) => {
        const sizeOf = (index: number) => asked[index % asked.length] ?? 1;

        const parts = await Array.fromAsync(partsOf(streamOf(given), sizeOf));

        expect(Buffer.concat(parts)).toEqual(Buffer.concat(given));
        for (const [index, part] of parts.entries()) {
          const isLast = index === parts.length - 1;
          if (isLast) expect(part.length).toBeGreaterThan(0);
          expect(part.length)[isLast ? 'toBeLessThanOrEqual' : 'toBe'](sizeOf(index));
        }
      }),
    );
  });

  it('has no part of an empty stream', async () => {
    expect(await Array.fromAsync(partsOf(streamOf([]), () => 8))).toEqual([]);
    expect(await Array.fromAsync(partsOf(streamOf([new Uint8Array(0)]), () => 8))).toEqual([]);
  });

  it('gives each part memory of its own, so that one can be sent while the next is filled', async () => {
    const parts = partsOf(streamOf([Buffer.from('abcdef')]), () => 3);
    const first = (await parts.next()).value;
    await parts.next();
    expect(first?.toString()).toBe('abc');
  });
});

async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
