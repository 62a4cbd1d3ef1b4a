import { PassThrough } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type S3Client, UploadPartCommand, type UploadPartCommandInput } from '@aws-sdk/client-s3';
import type { ChunkPool } from './chunks.ts';
import type { CopyProgress } from './copy-progress.ts';
import type { Hashed } from './resume.ts';

export interface UploadOptions {
  s3: Pick<S3Client, 'send'>;
  /** Takes back the memory of chunks that are stored. */
  chunks: ChunkPool;
  target: { Bucket: string; Key: string; UploadId: string };
  /** Length of the whole file in bytes, if known. */
  total: number | undefined;
  /** Size in bytes of the part with an index from 0; a multiple of the chunk size. */
  partSize(index: number): number;
  /** Most bytes of complete parts in flight. */
  maxBytesInFlight: number;
  /** Makes a request, and may abort it. */
  write: CopyProgress['write'];
  /** Reports the number of stored parts and the state of the hashes after them. */
  stored(parts: number, hashed: Hashed): void;
}

/** A part being assembled: in memory if of one chunk or of unknown length, otherwise as a stream. */
interface Part {
  /** Bytes. */
  size: number;
  filled: number;
  chunks: Buffer[];
  stream?: { body: PassThrough; sent: Promise<unknown> };
}

/** A multipart upload that takes a file's chunks in order and sends several parts concurrently, in bounded memory. */
export class Upload {
  readonly #options: UploadOptions;
  readonly #inFlight = new Set<Promise<void>>();
  /** States of the hashes after stored parts that follow a part not stored yet. */
  readonly #ahead = new Map<number, Hashed>();
  #stored: number;
  #parts: number;
  #bytes: number;
  #bytesInFlight = 0;
  #part: Part | undefined;
  #failure: { error: unknown } | undefined;

  /** @param from the parts stored already, and their bytes */
  constructor(options: UploadOptions, from: { parts: number; bytes: number }) {
    this.#options = options;
    this.#stored = from.parts;
    this.#parts = from.parts;
    this.#bytes = from.bytes;
  }

  /** Whether the next chunk begins a part: only there can a copy pause without loss. */
  get isBetweenParts(): boolean {
    return this.#part === undefined;
  }

  /**
   * Adds the next chunk as soon as memory allows.
   *
   * @param hashed state of the hashes after this chunk
   * @throws the error of an earlier part
   */
  async add(chunk: Buffer, hashed: Hashed): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    this.#part ??= this.#begin();
    const part = this.#part;
    part.filled += chunk.length;
    if (part.stream) await write(part.stream.body, chunk);
    else part.chunks.push(chunk);
    if (part.filled === part.size) await this.#finish(part, hashed);
  }

  /** Sends the rest as the last part. Resolves when every part is stored. @throws the error of a part */
  async end(hashed: Hashed): Promise<void> {
    if (this.#part) await this.#finish(this.#part, hashed);
    await this.settled();
    if (this.#failure) throw this.#failure.error;
  }

  /** Discards the part being assembled. Resolves when no part is in flight, whether or not they succeeded. */
  async settled(): Promise<void> {
    this.#part?.stream?.body.destroy();
    await Promise.allSettled([...this.#inFlight, this.#part?.stream?.sent]);
  }

  #begin(): Part {
    const { total, partSize, chunks } = this.#options;
    const left = total === undefined ? Number.POSITIVE_INFINITY : total - this.#bytes;
    const size = Math.min(partSize(this.#parts), left);
    this.#parts += 1;
    this.#bytes += size;
    const part: Part = { size, filled: 0, chunks: [] };
    const isStream = total !== undefined && size > chunks.size;
    return isStream ? { ...part, stream: this.#beginStream(this.#parts, size) } : part;
  }

  /**
   * Starts a streamed part. S3 checks the trailing CRC32 computed by the SDK. The request has no time limit: the copy is ended
   * when no bytes arrive, not when the request is slow.
   */
  #beginStream(number: number, ContentLength: number): NonNullable<Part['stream']> {
    const body = new PassThrough();
    const sent = this.#send(number, { Body: body, ContentLength, ChecksumAlgorithm: 'CRC32' }, { requestTimeout: 0 });
    sent.catch((error: Error) => body.on('error', () => {}).destroy(error)); // The writer sees the error.
    return { body, sent };
  }

  async #finish({ filled, chunks, stream }: Part, hashed: Hashed): Promise<void> {
    this.#part = undefined;
    const number = this.#parts;
    if (stream) {
      stream.body.end();
      this.#track(stream.sent, number, 0, hashed);
      return;
    }
    while (this.#inFlight.size > 0 && this.#bytesInFlight + filled > this.#options.maxBytesInFlight) {
      await Promise.race(this.#inFlight);
    }
    const [first = Buffer.alloc(0), ...more] = chunks;
    const Body = more.length === 0 ? first : Buffer.concat(chunks);
    const sent = this.#send(number, { Body, ChecksumCRC32: base64Crc(crc32(Body)) });
    const isReturned = sent.then(() => this.#options.chunks.giveBack(Body));
    this.#track(isReturned, number, filled, hashed);
  }

  async #send(PartNumber: number, part: Partial<UploadPartCommandInput>, options = {}): Promise<void> {
    const { s3, target, write } = this.#options;
    const command = new UploadPartCommand({ ...target, PartNumber, ...part });
    await write((abortSignal) => s3.send(command, { abortSignal, ...options }));
  }

  #track(sent: Promise<unknown>, number: number, bytes: number, hashed: Hashed): void {
    this.#bytesInFlight += bytes;
    const tracked = sent
      .then(
        () => this.#isStored(number, hashed),
        (error: unknown) => {
          this.#failure ??= { error };
        },
      )
      .finally(() => {
        this.#bytesInFlight -= bytes;
        this.#inFlight.delete(tracked);
      });
    this.#inFlight.add(tracked);
  }

  /** Only the gapless sequence of stored parts counts. */
  #isStored(number: number, hashed: Hashed): void {
    this.#ahead.set(number, hashed);
    for (let next = this.#ahead.get(this.#stored + 1); next; next = this.#ahead.get(this.#stored + 1)) {
      this.#stored += 1;
      this.#ahead.delete(this.#stored);
      this.#options.stored(this.#stored, next);
    }
  }
}

/** Resolves when the stream accepts more. @throws the error with which the stream was destroyed */
function write(stream: PassThrough, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

/** A CRC32 in the format of S3: four bytes, big-endian, base64. */
export function base64Crc(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
