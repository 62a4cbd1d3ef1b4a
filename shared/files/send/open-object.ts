import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { describeError, PermanentError, TransientError } from '../../platform/errors.ts';

/** One version of an object. */
export interface ObjectToRead {
  bucket: string;
  key: string;
  /** ETag of S3. */
  etag: string;
  /** Bytes. */
  size: number;
}

interface Reader {
  /** Called with the number of bytes read so far. */
  onRead(bytes: number): void;
  /**
   * Called with the MD5 of the whole object, in hexadecimal, before the last chunk is passed on. If it throws, the stream fails
   * with that error.
   */
  check?(md5: string): void;
  signal: AbortSignal;
}

/** The object was replaced or removed. */
export class ObjectChangedError extends TransientError {
  override readonly name = 'ObjectChangedError';
}

/** Most consecutive broken connections without a byte. */
const maxBreaks = 3;

/**
 * Opens an object as a stream, if its ETag matches. After a broken connection to S3 the stream resumes, because its consumer
 * cannot. The last chunk is held back until the whole object is read and checked, so that no consumer receives a complete wrong
 * object.
 *
 * @throws ObjectChangedError if the object was replaced or removed; the stream may fail with it, too
 */
export async function readIfMatch(
  s3: Pick<S3Client, 'send'>,
  { bucket, key, etag, size }: ObjectToRead,
  { onRead, check, signal }: Reader,
): Promise<Readable> {
  const hash = check && createHash('md5');
  let read = 0;
  let breaks = 0;
  let body = await get();

  async function get(): Promise<Readable> {
    const Range = read > 0 ? `bytes=${read}-` : undefined;
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, Range });
    const { Body } = await s3.send(command, { abortSignal: signal }).catch((error: unknown) => {
      throw readingError(key, read, error);
    });
    if (!(Body instanceof Readable)) throw new PermanentError(`The object ${key} has no body`);
    return Body;
  }

  async function* pieces(): AsyncGenerator<Buffer> {
    while (read < size) {
      try {
        for await (const piece of body) {
          read += piece.length;
          breaks = 0;
          hash?.update(piece);
          onRead(read);
          yield piece;
        }
        if (read < size) throw new TransientError(`the connection ended, of ${size} bytes`);
      } catch (error) {
        breaks += 1;
        if (signal.aborted || breaks > maxBreaks) throw readingError(key, read, error);
        body = await get();
      }
    }
  }

  async function* checked(): AsyncGenerator<Buffer> {
    let last: Buffer | undefined;
    for await (const piece of pieces()) {
      if (last) yield last;
      last = piece;
    }
    if (hash) check?.(hash.digest('hex'));
    if (last) yield last;
  }

  const stream = Readable.from(checked(), { objectMode: false });
  // A stream that was never read would keep its connection.
  stream.once('close', () => body.destroy());
  return stream;
}

/** Adds the key and the position to an error: S3's and Node's errors do not name the object, and some only say "aborted". */
function readingError(key: string, read: number, error: unknown): Error {
  const name = error instanceof Error ? error.name : undefined;
  if (name === 'PreconditionFailed') return new ObjectChangedError(`S3: ${key} was replaced by another object`);
  if (name === 'NoSuchKey') return new ObjectChangedError(`S3: ${key} was removed`);
  return new TransientError(`S3: ${key} could not be read after ${read} bytes: ${describeError(error)}`, {
    cause: error,
  });
}
