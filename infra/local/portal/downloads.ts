import { fileContent } from './content.ts';
import type { FileBehaviour } from './faults.ts';
import { type Answer, type Delivery, type Portal, type PortalFile, refusal } from './portal.ts';

/** The bytes that an answer holds: `start` inclusive, `end` exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a request says about ranges. */
export interface RangeHeaders {
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
}

/** GET /data/{fileId} */
export function download(portal: Portal, fileId: string, headers: RangeHeaders): Answer {
  const file = portal.files.get(fileId);
  if (file === undefined) return refusal(404, 'The file does not exist');
  const behaviour = { ...portal.faults.current().downloads, ...file.behaviour };
  if (behaviour.forbidden) return refusal(403, 'HPC center not authorized to fetch this file');
  const etag = behaviour.etag === false ? undefined : `"${behaviour.etag ?? file.checksum}"`;
  const ranges = behaviour.ranges ?? true;
  const asked = ranges && (headers.ifRange === undefined || headers.ifRange === etag) ? headers.range : undefined;
  const span = readRange(asked, file.size);
  if (span === 'unsatisfiable') {
    return refusal(416, 'The range is not in the file', { 'Content-Range': `bytes */${file.size}` });
  }
  file.requests += 1;
  return answerWith(
    file,
    behaviour,
    span,
    {
      'Content-Type': 'application/octet-stream',
      ...(ranges && { 'Accept-Ranges': 'bytes' }),
      ...(etag !== undefined && { ETag: etag }),
    },
    portal.recorder.download(fileId),
  );
}

function answerWith(
  file: PortalFile,
  behaviour: FileBehaviour,
  span: Span | undefined,
  headers: Readonly<Record<string, string>>,
  count: (bytes: number) => void,
): Answer {
  const { start, end } = span ?? { start: 0, end: file.size };
  const truncated = file.requests <= (behaviour.truncateFirst ?? 0);
  const content = fileContent(file, start, truncated ? start + Math.floor((end - start) / 2) : end);
  return {
    status: span === undefined ? 200 : 206,
    headers: {
      ...headers,
      ...(span !== undefined && { 'Content-Range': `bytes ${start}-${end - 1}/${file.size}` }),
      ...(!truncated && !behaviour.chunked && { 'Content-Length': String(end - start) }),
    },
    body: file.requests <= (behaviour.corruptFirst ?? 0) ? corrupted(content) : content,
    delivery: { ...deliveryOf(behaviour, file.requests), count },
  };
}

function deliveryOf(behaviour: FileBehaviour, request: number): Delivery {
  const { bytesPerSecond, dropAfterBytes, dropFirst = Infinity, stallAfterBytes, stallFirst = Infinity } = behaviour;
  return {
    bytesPerSecond,
    dropAfterBytes: request <= dropFirst ? dropAfterBytes : undefined,
    stallAfterBytes: request <= stallFirst ? stallAfterBytes : undefined,
  };
}

/**
 * Reads a Range header (RFC 9110, section 14.2): one range of bytes. Anything else is ignored, as the RFC allows, and
 * gives undefined: the whole file.
 */
export function readRange(header: string | undefined, size: number): Span | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : 'unsatisfiable';
}

/** The same number of bytes, the first one wrong. */
function* corrupted(content: Iterable<Buffer>): Generator<Buffer, void, undefined> {
  let first = true;
  for (const piece of content) {
    const copy = first ? Buffer.from(piece) : piece;
    if (first) copy.writeUInt8(copy.readUInt8(0) ^ 0xff, 0);
    first = false;
    yield copy;
  }
}
