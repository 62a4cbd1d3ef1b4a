import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { InvalidInputError, TransientError } from '../platform/errors.ts';
import type { Clock } from '../platform/time.ts';
import { idSchema } from './id.ts';

export interface OutboundFile {
  fileName: string;
  /** In bytes; the body must have exactly this length. */
  size: number;
  /** Opens the content from its start. Called again if the other encoding is tried. */
  open(): Promise<Readable>;
}

export type LargeFileEncoding = 'octet-stream' | 'form-data';

/** The interface description requires the streaming calls for larger files ("2 GB"). */
export const maxFormBytes = 2_000_000_000;

/** @throws InvalidInputError if the file's name or size cannot be sent */
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
 * Passes the content on and remembers the error with which reading it failed. Ignores errors that a broken connection throws
 * into the chunks and errors of destroying the content.
 */
export function watchContent(content: Readable) {
  const watched: { chunks: AsyncIterable<Buffer>; failure?: unknown } = { chunks: chunks() };
  // The content may fail before it is read, during the connection: reading it then throws that error.
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

/** Pause before the last chunk of a body, in milliseconds: an answer to the headers alone has arrived by then. */
const lastPieceDelay = 100;

/** The headers and the body of a file, streamed and of known length. */
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

/** Passes the content on if it has the announced length. Otherwise throws before the end. */
async function* exactly(size: number, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = size;
  for await (const chunk of content) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) throw new TransientError(`The content does not have the announced ${size} bytes`);
}

function stream(parts: readonly (Iterable<Buffer> | AsyncIterable<Buffer>)[], clock: Clock): Readable {
  async function* chunks() {
    for (const part of parts) yield* part;
  }
  return Readable.from(lastLater(chunks(), clock), { objectMode: false });
}

/** The chunks, with a pause before the last one in which an early answer can arrive. */
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

/** Quotes a file name like browsers in a form (WHATWG HTML, "Multipart form data"); UTF-8 is kept. */
function quotable(fileName: string): string {
  return fileName.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}
