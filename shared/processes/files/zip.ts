import { crc32 } from 'node:zlib';

/** A file of an archive. */
export interface ZipEntry {
  name: string;
  bytes: Buffer;
  /** Milliseconds since 1970. */
  at: number;
}

const signatures = { file: 0x04034b50, directory: 0x02014b50, end: 0x06054b50 } as const;
/** Version 2.0, and names in UTF-8 (PKWARE's APPNOTE.TXT, 4.4.4, bit 11). */
const version = 20;
const utf8 = 0x0800;

/**
 * A ZIP archive of small files, stored without compression: most attachments are packed by themselves.
 *
 * @param entries fewer than 65,536, less than 4 GiB together
 */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const names = uniqueNames(entries.map(({ name }) => name));
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [index, { bytes, at }] of entries.entries()) {
    const name = Buffer.from(names[index] ?? '');
    const common = commonFields(bytes, name, at);
    const header = Buffer.concat([words(signatures.file), common, name]);
    local.push(header, bytes);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([words(signatures.directory), halves(version), common, place, name]));
    offset += header.length + bytes.length;
  }
  const directory = Buffer.concat(central);
  const count = entries.length;
  const end = Buffer.concat([
    words(signatures.end),
    halves(0, 0, count, count),
    words(directory.length, offset),
    halves(0),
  ]);
  return Buffer.concat([...local, directory, end]);
}

/** The fields that the header of a file and its entry in the directory have in common. */
function commonFields(bytes: Buffer, name: Buffer, at: number): Buffer {
  const date = new Date(Math.max(at, Date.UTC(1980, 0, 1)));
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const sizes = words(crc32(bytes), bytes.length, bytes.length);
  return Buffer.concat([halves(version, utf8, 0, time, day), sizes, halves(name.length, 0)]);
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
