import type { Readable } from 'node:stream';
import { PortalError } from './errors.ts';
import type { Answer } from './http.ts';
import { present } from './json.ts';

export interface Download {
  /** The caller reads it to its end or destroys it, and handles its errors: Node's own. */
  body: Readable;
  /** Bytes of this answer: of the range when there is one. */
  contentLength?: number;
  etag?: string;
  /** Present when the server honoured the range (206); `end` is inclusive, both in bytes of the file. */
  range?: { start: number; end: number; total?: number };
  acceptsRanges: boolean;
}

export interface DownloadOptions {
  /** First byte wanted. */
  start?: number | undefined;
  /** Last byte wanted, inclusive. */
  end?: number | undefined;
  /** A strong ETag: the range counts only while the file still has it, else the whole file comes. */
  ifRange?: string | undefined;
  signal?: AbortSignal | undefined;
}

export const downloadCall = 'GET /data/{fileId}';

export function rangeHeaders({ start, end, ifRange }: DownloadOptions): Record<string, string> {
  if (start === undefined && end === undefined) return {};
  return { range: `bytes=${start ?? 0}-${end ?? ''}`, ...present({ 'if-range': ifRange }) };
}

/** @throws PortalError when a 206 holds another range than the one that was asked for */
export function readDownload({ statusCode, headers, body }: Answer, options: DownloadOptions): Download {
  const range = statusCode === 206 ? readContentRange(headers['content-range']) : undefined;
  if (
    statusCode === 206 &&
    !(range && range.start === (options.start ?? 0) && range.end <= (options.end ?? Infinity))
  ) {
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
    ...present({ contentLength: readLength(headers['content-length']), etag: single(headers.etag), range }),
    acceptsRanges: range !== undefined || /\bbytes\b/i.test(single(headers['accept-ranges']) ?? ''),
  };
}

function readContentRange(header: string | string[] | undefined): Download['range'] {
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(single(header) ?? '') ?? [];
  const range = { start: Number(start), end: Number(end) };
  if (!(range.start <= range.end)) return undefined;
  return { ...range, ...present({ total: readLength(total) }) };
}

function readLength(header: string | string[] | undefined): number | undefined {
  const text = single(header);
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
