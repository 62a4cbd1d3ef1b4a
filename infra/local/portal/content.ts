import { createCipheriv, createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Seed and size of a generated file: the same ones always give the same content. */
export interface GeneratedFile {
  /** Files with the same seed and size have the same bytes. */
  readonly seed: string;
  /** Bytes. */
  readonly size: number;
}

const blockSize = 1024 * 1024;
const headSize = 8;
const checksums = new Map<string, Promise<string>>();

/** One block of pseudo-random bytes, no longer than the file needs. */
function baseBlock({ seed, size }: GeneratedFile): Buffer {
  const key = createHash('md5').update(seed).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(Math.min(size, blockSize)));
}

/** The first bytes of block `index`: mixed with its number, so that blocks in another order have another MD5. */
function blockHead(base: Buffer, index: number): Buffer {
  const head = Buffer.alloc(headSize);
  base.copy(head, 0, 0, headSize);
  head.writeUInt32LE((head.readUInt32LE(0) ^ index) >>> 0, 0);
  return head.subarray(0, base.length);
}

/**
 * The bytes of a generated file from `start` (inclusive) to `end` (exclusive), in pieces of at most 1 MiB.
 * Pieces share memory: they must not be changed.
 */
export function* fileContent(file: GeneratedFile, start = 0, end = file.size): Generator<Buffer, void, undefined> {
  const base = baseBlock(file);
  let offset = start;
  while (offset < end) {
    const index = Math.floor(offset / blockSize);
    const within = offset - index * blockSize;
    const part = within < headSize ? blockHead(base, index).subarray(within) : base.subarray(within);
    const piece = part.subarray(0, end - offset);
    yield piece;
    offset += piece.length;
  }
}

/** MD5 of a generated file in lower-case hexadecimal; computed once per content. */
export function fileChecksum(file: GeneratedFile): Promise<string> {
  const key = JSON.stringify([file.seed, file.size]);
  const known = checksums.get(key) ?? computeChecksum(file);
  checksums.set(key, known);
  return known;
}

async function computeChecksum(file: GeneratedFile): Promise<string> {
  const hash = createHash('md5');
  for (const piece of fileContent(file)) {
    hash.update(piece);
    // Requests under way are served meanwhile, even while a file of many gigabytes is hashed.
    if (piece.length > headSize) await nextTurn();
  }
  return hash.digest('hex');
}
