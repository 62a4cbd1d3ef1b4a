import { fileContent } from './content.ts';
import type { FileBehaviour } from './faults.ts';
import {
  behaviourOf,
  type DeliveredFileContent,
  type PortalState,
  refusal,
  type SimulatedAnswer,
  type SimulatedDelivery,
} from './portal.ts';

/** The bytes that an answer holds: `start` inclusive, `end` exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Range that a request asks for. */
export interface RangeHeaders {
  readonly range?: string | undefined;
  readonly ifRange?: string | undefined;
}

/** GET /data/{fileId} */
export function download(portal: PortalState, fileId: string, headers: RangeHeaders): SimulatedAnswer {
  const file = portal.files.get(fileId);
  if (file === undefined) return refusal(404, 'The file does not exist');
  const behaviour = behaviourOf(portal, file);
  const { ranges = true, size = file.size } = behaviour;
  const total = behaviour.unknownTotal ? '*' : size;
  if (behaviour.forbidden) return refusal(403, 'HPC center not authorized to fetch this file');
  const etag = behaviour.etag === false ? undefined : `"${behaviour.etag ?? file.checksum}"`;
  const asked = ranges && (headers.ifRange === undefined || headers.ifRange === etag) ? headers.range : undefined;
  const span = readRange(asked, size);
  if (span === 'unsatisfiable') {
    return refusal(416, 'The range is not in the file', { 'Content-Range': `bytes */${size}` });
  }
  file.requests += 1;
  const { start, end } = span ?? { start: 0, end: size };
  const truncated = file.requests <= (behaviour.truncateFirst ?? 0);
  const served = { seed: behaviour.seed ?? file.seed, size };
  const content = fileContent(served, start, truncated ? start + Math.floor((end - start) / 2) : end);
  return {
    status: span === undefined ? 200 : 206,
    headers: {
      'Content-Type': 'application/octet-stream',
      ...(ranges && { 'Accept-Ranges': 'bytes' }),
      ...(etag !== undefined && { ETag: etag }),
      ...(span !== undefined && { 'Content-Range': `bytes ${start}-${end - 1}/${total}` }),
      ...(!truncated && !behaviour.chunked && { 'Content-Length': String(end - start) }),
    },
    body: file.requests <= (behaviour.corruptFirst ?? 0) ? corrupted(content) : content,
    delivery: { ...deliveryOf(file, behaviour, { start, end }), count: portal.recorder.download(fileId) },
  };
}

/** How these bytes of a file are sent. */
function deliveryOf(file: DeliveredFileContent, behaviour: FileBehaviour, { start, end }: Span): SimulatedDelivery {
  const { dropFirst = Infinity, stallFirst = Infinity } = behaviour;
  const afterBytes = (always: number | undefined, first: number, offsets: readonly number[] = []) => {
    const ahead = offsets.filter((offset) => offset >= start && offset < end && !file.broken.has(offset));
    const least = Math.min(file.requests <= first ? (always ?? Infinity) : Infinity, ...ahead.map((at) => at - start));
    return least === Infinity ? undefined : least;
  };
  return {
    bytesPerSecond: behaviour.bytesPerSecond,
    dropAfterBytes: afterBytes(behaviour.dropAfterBytes, dropFirst, behaviour.dropAt),
    stallAfterBytes: afterBytes(behaviour.stallAfterBytes, stallFirst, behaviour.stallAt),
    onBreak: (bytes) => file.broken.add(start + bytes),
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
