import { crc32 } from 'node:zlib';

/** A file of an archive. */
export interface ZipEntry {
  name: string;
  bytes: Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Milliseconds since 1970. */
  at: number;
}

const signatures = { file: 0x04034b50, sums: 0x08074b50, directory: 0x02014b50, end: 0x06054b50 } as const;
/** Version 2.0, names in UTF-8, and sums behind the bytes (PKWARE's APPNOTE.TXT, 4.4.4, bits 11 and 3). */
const version = 20;
const flags = 0x0808;

/**
 * A ZIP archive, stored without compression: most attachments are packed by themselves. Each file is read once, when its turn comes.
 *
 * @param entries fewer than 65,536, less than 4 GiB together
 */
export async function* zip(entries: readonly ZipEntry[]): AsyncGenerator<Buffer> {
  const names = uniqueNames(entries.map(({ name }) => name));
  const central: Buffer[] = [];
  let offset = 0;
  for (const [index, { bytes, at }] of entries.entries()) {
    const name = Buffer.from(names[index] ?? '');
    const begin = Buffer.concat([halves(version, flags, 0), timeOf(at)]);
    const end = halves(name.length, 0);
    const header = Buffer.concat([words(signatures.file), begin, words(0, 0, 0), end, name]);
    yield header;
    let sum = 0;
    let size = 0;
    for await (const chunk of bytes) {
      sum = crc32(chunk, sum);
      size += chunk.length;
      yield chunk;
    }
    const sums = words(sum, size, size);
    yield Buffer.concat([words(signatures.sums), sums]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([words(signatures.directory), halves(version), begin, sums, end, place, name]));
    offset += header.length + size + 16;
  }
  const directory = Buffer.concat(central);
  const count = entries.length;
  yield directory;
  yield Buffer.concat([words(signatures.end), halves(0, 0, count, count), words(directory.length, offset), halves(0)]);
}

/** Time and day as MS-DOS has them, in UTC. */
function timeOf(at: number): Buffer {
  const date = new Date(Math.max(at, Date.UTC(1980, 0, 1)));
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  return halves(time, day);
}

/** Numbers a name that is there already, before its extension. */
function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const [, stem = name, extension = ''] = /^(.+?)(\.[^.]*)?$/s.exec(name) ?? [];
    let unique = name;
    for (let number = 2; taken.has(unique); number++) unique = `${stem} (${number})${extension}`;
    taken.add(unique);
    return unique;
  });
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value, 4 * index);
  return buffer;
}

function halves(...values: number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) buffer.writeUInt16LE(value, 2 * index);
  return buffer;
}
