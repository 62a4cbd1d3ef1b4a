import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { InvalidInputError } from '../platform/errors.ts';
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
export function checkFile({ fileName, size }: OutboundFile, maxBytes = Number.MAX_SAFE_INTEGER): void {
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
 * The headers and the body that carry the content, streamed and of a length known before. The body wraps the content, so that
 * a broken connection is not taken for an error of the content.
 */
export function encodeFile(file: OutboundFile, content: Readable, encoding: LargeFileEncoding) {
  if (encoding === 'octet-stream') {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': `${file.size}` };
    return { headers, body: stream([content]) };
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
  return { headers, body: stream([[head], content, [tail]]) };
}

function stream(parts: readonly (Iterable<Buffer> | AsyncIterable<Buffer>)[]): Readable {
  async function* chunks() {
    for (const part of parts) yield* part;
  }
  return Readable.from(chunks(), { objectMode: false });
}

/** As browsers write it (HTML, "multipart/form-data encoding algorithm"): UTF-8 as it is, quotes escaped. */
function quotable(fileName: string): string {
  return fileName.replaceAll('"', '%22');
}
