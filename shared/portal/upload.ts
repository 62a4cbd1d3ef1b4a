import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { InvalidInputError, TransientError } from '../platform/errors.ts';
import type { Clock } from '../platform/time.ts';
import { idSchema } from './id.ts';

export interface OutboundFile {
  fileName: string;
  /** Bytes; the body must have exactly as many. */
  size: number;
  /** Opens the content from its start; called again when the other encoding is tried. */
  open(): Promise<Readable>;
}

export type LargeFileEncoding = 'octet-stream' | 'form-data';

/** Above this the interface description asks for the streaming calls ("2 GB"). */
export const maxFormBytes = 2_000_000_000;

/** @throws InvalidInputError when the file can't be named or measured in a request */
export function checkFile(
  { fileName, size }: Pick<OutboundFile, 'fileName' | 'size'>,
  maxBytes = Number.MAX_SAFE_INTEGER,
): void {
  const { error } = idSchema.safeParse(fileName);
  if (error) throw new InvalidInputError(`fileName: ${error.issues[0]?.message}`);
  if (/[\p{Cc}/\\]/u.test(fileName)) {
    throw new InvalidInputError('fileName: must have no slashes and no control characters');
  }
  if (!Number.isSafeInteger(size) || size < 0 || size > maxBytes) {
    throw new InvalidInputError(`size: must be from 0 to ${maxBytes} bytes`);
  }
}

/**
 * The content as it is read, with what made reading it fail. Errors that a broken connection throws into the chunks, or that
 * come of letting the content go, are not that.
 */
export function watchContent(content: Readable) {
  const watched: { chunks: AsyncIterable<Buffer>; failure?: unknown } = { chunks: chunks() };
  // It may fail before anyone reads it, while the connection is made: reading it then throws that error.
  content.on('error', () => {});

  async function* chunks(): AsyncGenerator<Buffer> {
    const iterator: AsyncIterator<Buffer> = content[Symbol.asyncIterator]();
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        watched.failure = error;
        throw error;
      });
      if (next.done) return;
      yield next.value;
    }
  }
  return watched;
}

/** Milliseconds between the last piece of a body and the one before: an answer to the head alone has come by then. */
const lastPieceDelay = 100;

/** The headers and the body that carry the content, streamed and of a length known before. */
export function encodeFile(
  file: OutboundFile,
  content: AsyncIterable<Buffer>,
  encoding: LargeFileEncoding,
  clock: Clock,
) {
  if (encoding === 'octet-stream') {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': `${file.size}` };
    return { headers, body: stream([exactly(file.size, content)], clock) };
  }
  const boundary = `file-${randomUUID()}`;
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="DataFile"; filename="${quotable(file.fileName)}"\r\n` +
      'Content-Type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const headers = {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': `${head.length + file.size + tail.length}`,
  };
  return { headers, body: stream([[head], exactly(file.size, content), [tail]], clock) };
}

/** The content as long as it was said to be; one that is not never arrives whole. */
async function* exactly(size: number, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = size;
  for await (const chunk of content) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) throw new TransientError(`The content has not the ${size} bytes that it should have`);
}

function stream(parts: readonly (Iterable<Buffer> | AsyncIterable<Buffer>)[], clock: Clock): Readable {
  async function* chunks() {
    for (const part of parts) yield* part;
  }
  return Readable.from(lastLater(chunks(), clock), { objectMode: false });
}

/** The pieces, the last of them after a moment in which an answer that does not wait for it shows itself. */
async function* lastLater(pieces: AsyncIterable<Buffer>, clock: Clock): AsyncGenerator<Buffer> {
  let last: Buffer | undefined;
  for await (const piece of pieces) {
    if (last) yield last;
    last = piece;
  }
  if (!last) return;
  await clock.sleep(lastPieceDelay);
  yield last;
}

/** A name in quotes as browsers write it in a form (WHATWG HTML, "Multipart form data"); UTF-8 stays as it is. */
function quotable(fileName: string): string {
  return fileName.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}
