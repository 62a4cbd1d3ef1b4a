import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { describeError, PermanentError, TransientError } from '../../platform/errors.ts';

/** One version of an object. */
export interface ObjectToRead {
  bucket: string;
  key: string;
  /** As S3 gives it. */
  etag: string;
  /** Bytes. */
  size: number;
}

interface Reader {
  /** Told how many bytes were read so far. */
  onRead(bytes: number): void;
  /** Given the MD5 of the whole, in hexadecimal, before its last piece is passed on; what it throws ends the stream. */
  check?(md5: string): void;
  signal: AbortSignal;
}

/** The object is another one by now, or gone. */
export class ObjectChangedError extends TransientError {
  override readonly name = 'ObjectChangedError';
}

/** So often in a row the connection may break without a byte. */
const maxBreaks = 3;

/**
 * Opens one version of an object as a stream. It goes on by itself where the connection to S3 breaks: what it is read for
 * can't be resumed. The last piece is held back until all was read and found right, so that nobody gets a wrong object whole.
 *
 * @throws ObjectChangedError when the object is another one by now, or gone; so may the stream
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
  // One that nobody began to read would keep its connection.
  stream.once('close', () => body.destroy());
  return stream;
}

/** S3 and Node say neither which object it was about nor, some of them, anything but "aborted". */
function readingError(key: string, read: number, error: unknown): Error {
  const name = error instanceof Error ? error.name : undefined;
  if (name === 'PreconditionFailed') return new ObjectChangedError(`S3: ${key} is another object by now`);
  if (name === 'NoSuchKey') return new ObjectChangedError(`S3: ${key} is gone`);
  return new TransientError(`S3: ${key} could not be read after ${read} bytes: ${describeError(error)}`, {
    cause: error,
  });
}
