import type { Readable } from 'node:stream';
import { PortalError } from './errors.ts';
import type { PortalAnswer } from './http.ts';
import { omitUndefined } from './json.ts';

export interface Download {
  /** The caller reads it to its end or destroys it, and handles its errors: Node's own. */
  body: Readable;
  /** Bytes of this answer: of the range when there is one. */
  contentLength?: number;
  contentType?: string;
  /** Present when the server honoured the range (206); `end` is inclusive, both in bytes of the file. May hold more than was asked for. */
  range?: { start: number; end: number; total?: number };
}

export interface DownloadOptions {
  /** First byte wanted. */
  start?: number | undefined;
  /** Last byte wanted, inclusive. */
  end?: number | undefined;
  signal?: AbortSignal | undefined;
}

export const downloadCall = 'GET /data/{fileId}';

/** Without If-Range: servers behind one address may give the same bytes different ETags, and the MD5 of the whole decides. */
export function rangeHeaders({ start, end }: DownloadOptions): Record<string, string> {
  return start === undefined && end === undefined ? {} : { range: `bytes=${start ?? 0}-${end ?? ''}` };
}

/** @throws PortalError with status 206 when the answer does not hold the first byte that was asked for */
export function readDownload({ statusCode, headers, body }: PortalAnswer, options: DownloadOptions): Download {
  const range = statusCode === 206 ? readContentRange(headers['content-range']) : undefined;
  const wanted = options.start ?? 0;
  if (statusCode === 206 && !(range && range.start <= wanted && wanted <= range.end)) {
    body.on('error', () => {}).destroy(); // Its end is our own doing.
    throw new PortalError({
      call: downloadCall,
      status: 206,
      problem: 'another range than asked for',
      retryable: true,
    });
  }
  return {
    body,
    ...omitUndefined({
      contentLength: statusCode === 204 ? 0 : readLength(headers['content-length']),
      contentType: single(headers['content-type']),
      range,
    }),
  };
}

function readContentRange(header: string | string[] | undefined): Download['range'] {
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(single(header) ?? '') ?? [];
  const range = { start: Number(start), end: Number(end) };
  if (!(range.start <= range.end)) return undefined;
  return { ...range, ...omitUndefined({ total: readLength(total) }) };
}

function readLength(header: string | string[] | undefined): number | undefined {
  const text = single(header);
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
