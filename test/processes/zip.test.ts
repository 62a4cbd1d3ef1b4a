import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { zip } from '../../shared/processes/files/zip.ts';

/** Reads an archive by its directory, as unpackers do (PKWARE's APPNOTE.TXT, 4.3). */
function unzip(archive: Buffer): { name: string; bytes: Buffer; at: number }[] {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x06054b50);
  const count = archive.readUInt16LE(end + 10);
  let entry = archive.readUInt32LE(end + 16);
  const files = Array.from({ length: count }, () => {
    expect(archive.readUInt32LE(entry)).toBe(0x02014b50);
    const [time, day] = [archive.readUInt16LE(entry + 12), archive.readUInt16LE(entry + 14)];
    const [sum, size] = [archive.readUInt32LE(entry + 16), archive.readUInt32LE(entry + 24)];
    const [nameLength, place] = [archive.readUInt16LE(entry + 28), archive.readUInt32LE(entry + 42)];
    const name = archive.toString('utf8', entry + 46, entry + 46 + nameLength);
    expect(archive.readUInt32LE(place)).toBe(0x04034b50);
    const start = place + 30 + archive.readUInt16LE(place + 26) + archive.readUInt16LE(place + 28);
    const bytes = archive.subarray(start, start + size);
    expect(crc32(bytes)).toBe(sum);
    entry += 46 + nameLength;
    const at = Date.UTC(
      1980 + (day >> 9),
      ((day >> 5) & 15) - 1,
      day & 31,
      time >> 11,
      (time >> 5) & 63,
      (time & 31) * 2,
    );
    return { name, bytes, at };
  });
  expect(entry).toBe(end);
  return files;
}

const zipped = async (entries: readonly { name: string; bytes: Buffer; at: number }[]) =>
  Buffer.concat(
    await Array.fromAsync(
      zip(entries.map(({ bytes, ...entry }) => ({ ...entry, bytes: [bytes.subarray(0, 3), bytes.subarray(3)] }))),
    ),
  );

it('an archive has its files, each under a name of its own', async () => {
  const at = fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2100, 0, 1) });
  const entry = fc.record({
    name: fc.oneof(
      fc.constantFrom('a.txt', 'a', 'a (2).txt', '.a', 'å.b.c'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    ),
    bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    at,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
      const files = unzip(await zipped(entries));
      expect(files.map(({ bytes }) => [...bytes])).toEqual(entries.map(({ bytes }) => [...bytes]));
      expect(new Set(files.map(({ name }) => name)).size).toBe(entries.length);
      for (const [index, { at: stored }] of files.entries()) {
        expect(Math.abs(stored - (entries[index]?.at ?? 0))).toBeLessThanOrEqual(2_000);
      }
    }),
  );
  expect(
    unzip(await zipped(['a.txt', 'a.txt', 'b'].map((name) => ({ name, bytes: Buffer.from(name), at: 0 })))).map(
      ({ name }) => name,
    ),
  ).toEqual(['a.txt', 'a (2).txt', 'b']);
});
