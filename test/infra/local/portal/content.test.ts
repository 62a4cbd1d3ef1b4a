import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileChecksum, fileContent, type GeneratedFile } from '../../../../infra/local/portal/content.ts';
import { readRange } from '../../../../infra/local/portal/downloads.ts';

const mebibyte = 1024 * 1024;
const bytesOf = (file: GeneratedFile, start?: number, end?: number): Buffer =>
  Buffer.concat([...fileContent(file, start, end)]);

describe('generated content', () => {
  const file = { seed: 'a', size: 3 * mebibyte + 17 };
  const whole = bytesOf(file);

  it('gives for any range the slice of the whole', () => {
    const edge = fc.oneof(
      fc.nat(file.size),
      fc.tuple(fc.nat(3), fc.integer({ min: -12, max: 12 })).map(([block, by]) => block * mebibyte + by),
    );
    const offset = edge.map((at) => Math.min(file.size, Math.max(0, at)));
    fc.assert(
      fc.property(offset, offset, (start, end) => {
        expect(bytesOf(file, start, end).equals(whole.subarray(start, Math.max(start, end)))).toBe(true);
      }),
    );
  });

  it('has the stated size and checksum', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.oneof(fc.nat(20), fc.nat(2 * mebibyte)), async (seed, size) => {
        const content = bytesOf({ seed, size });
        expect(content.length).toBe(size);
        expect(await fileChecksum({ seed, size })).toBe(createHash('md5').update(content).digest('hex'));
      }),
      { numRuns: 30 },
    );
  });

  it('differs by block and by seed', () => {
    const [first, second] = [whole.subarray(0, mebibyte), whole.subarray(mebibyte, 2 * mebibyte)];
    expect(first.equals(second)).toBe(false);
    expect(bytesOf({ seed: 'a', size: 8 }).equals(bytesOf({ seed: 'b', size: 8 }))).toBe(false);
  });
});

describe('ranges', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-', { start: 0, end: 10 }],
    ['bytes=2-4', { start: 2, end: 5 }],
    ['bytes=9-99', { start: 9, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=4-2', undefined],
    ['bytes=0-1,4-5', undefined],
    ['lines=0-1', undefined],
  ])('%s of 10 bytes', (header, expected) => {
    expect(readRange(header, 10)).toEqual(expected);
  });
});
