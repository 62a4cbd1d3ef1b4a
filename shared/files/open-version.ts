import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { PermanentError, TransientError } from '../platform/errors.ts';

/** One version of an object. */
export interface ObjectVersion {
  bucket: string;
  key: string;
  /** As S3 gives it. */
  etag: string;
  /** Bytes. */
  size: number;
}

/** So often in a row the connection may break without a byte. */
const maxBreaks = 3;

/**
 * Opens one version of an object as a stream. It goes on by itself where the connection to S3 breaks: what it is read for
 * can't be resumed.
 *
 * @param onRead told how many bytes were read so far
 * @throws Error named PreconditionFailed or NoSuchKey when the object is another one by now, or gone; so may the stream
 */
export async function openVersion(
  s3: Pick<S3Client, 'send'>,
  { bucket, key, etag, size }: ObjectVersion,
  onRead: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Readable> {
  let read = 0;
  let breaks = 0;
  let body = await get();

  async function get(): Promise<Readable> {
    const Range = read > 0 ? `bytes=${read}-` : undefined;
    const command = new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag, Range });
    const { Body } = await s3.send(command, { abortSignal: signal });
    if (!(Body instanceof Readable)) throw new PermanentError(`The object ${key} has no body`);
    return Body;
  }

  async function* chunks(): AsyncGenerator<Buffer> {
    for (;;) {
      try {
        for await (const chunk of body) {
          read += chunk.length;
          breaks = 0;
          onRead(read);
          yield chunk;
        }
        if (read >= size) return;
        throw new TransientError(`S3: ${key} ended after ${read} bytes of ${size}`);
      } catch (error) {
        breaks += 1;
        if (signal.aborted || breaks > maxBreaks) throw error;
      }
      body = await get();
    }
  }
  const stream = Readable.from(chunks(), { objectMode: false });
  // One that nobody began to read would keep its connection.
  stream.once('close', () => body.destroy());
  return stream;
}
