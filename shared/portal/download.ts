import type { Readable } from 'node:stream';
import { PortalError } from './errors.ts';
import type { PortalAnswer } from './http.ts';
import { omitUndefined } from './json.ts';

export interface Download {
  /** The caller reads it to its end or destroys it, and handles its errors, which are Node's. */
  body: Readable;
  /** Bytes of this answer, that is of the range if there is one. */
  contentLength?: number;
  contentType?: string;
  /** Present if the server returned a range (206). In bytes of the file, `end` inclusive. May be larger than requested. */
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

/**
 * Without If-Range, because servers behind one address may give the same bytes different ETags; the MD5 of the whole file
 * decides.
 */
export function rangeHeaders({ start, end }: DownloadOptions): Record<string, string> {
  return start === undefined && end === undefined ? {} : { range: `bytes=${start ?? 0}-${end ?? ''}` };
}

/** @throws PortalError with status 206 if the answer does not contain the first requested byte */
export function readDownload({ statusCode, headers, body }: PortalAnswer, options: DownloadOptions): Download {
  const range = statusCode === 206 ? readContentRange(headers['content-range']) : undefined;
  const wanted = options.start ?? 0;
  if (statusCode === 206 && !(range && range.start <= wanted && wanted <= range.end)) {
    body.on('error', () => {}).destroy(); // The error is caused by destroying the body.
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
