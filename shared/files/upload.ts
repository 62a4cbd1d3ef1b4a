import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** Most bytes of parts on their way at a time. */
const maxBytesInFlight = 64 * 1024 * 1024;

/** One multipart upload that takes parts in order and sends several at once, with bounded memory. */
export class Upload {
  readonly uploadId: string;
  readonly #s3: Pick<S3Client, 'send'>;
  readonly #target: { Bucket: string; Key: string; UploadId: string };
  readonly #stored: (bytes: number) => void;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #inFlight = new Set<Promise<void>>();
  #bytesInFlight = 0;
  #bytesStored = 0;
  #parts = 0;
  #failure: unknown;

  constructor(
    s3: Pick<S3Client, 'send'>,
    target: { Bucket: string; Key: string; UploadId: string },
    progress: { signal: AbortSignal; stored(bytes: number): void },
  ) {
    this.uploadId = target.UploadId;
    this.#s3 = s3;
    this.#target = target;
    this.#stored = (bytes) => progress.stored(bytes);
    this.#signal = AbortSignal.any([progress.signal, this.#stop.signal]);
  }

  static async begin(
    s3: Pick<S3Client, 'send'>,
    bucket: string,
    key: string,
    metadata: Record<string, string>,
    progress: { signal: AbortSignal; stored(bytes: number): void },
  ): Promise<Upload> {
    const target = { Bucket: bucket, Key: key };
    const command = new CreateMultipartUploadCommand({
      ...target,
      ChecksumAlgorithm: 'CRC32',
      ChecksumType: 'FULL_OBJECT',
      Metadata: metadata,
    });
    const { UploadId = '' } = await s3.send(command, { abortSignal: progress.signal });
    return new Upload(s3, { ...target, UploadId }, progress);
  }

  /** Sends the next part, as soon as there is room for it. @throws what an earlier part failed with */
  async add(part: Buffer): Promise<void> {
    while (this.#inFlight.size > 0 && this.#bytesInFlight + part.length > maxBytesInFlight) {
      await Promise.race(this.#inFlight);
    }
    if (this.#failure) throw this.#failure;
    this.#parts += 1;
    this.#bytesInFlight += part.length;
    const sent = this.#send(part, this.#parts).finally(() => {
      this.#bytesInFlight -= part.length;
      this.#inFlight.delete(sent);
    });
    this.#inFlight.add(sent);
  }

  async #send(Body: Buffer, PartNumber: number): Promise<void> {
    const ChecksumCRC32 = base64Crc(crc32(Body));
    const command = new UploadPartCommand({ ...this.#target, PartNumber, Body, ChecksumCRC32 });
    try {
      await this.#s3.send(command, { abortSignal: this.#signal });
      this.#bytesStored += Body.length;
      this.#stored(this.#bytesStored);
    } catch (error) {
      this.#failure ??= error;
      this.#stop.abort();
    }
  }

  /** Resolves when every part is stored. @throws what a part failed with */
  async settled(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#failure) throw this.#failure;
  }

  /** Gives the upload up. */
  async abort(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#inFlight);
    await this.#s3.send(new AbortMultipartUploadCommand(this.#target));
  }
}

/** A CRC32 as S3 writes it: four bytes, the highest first, base64. */
export function base64Crc(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
