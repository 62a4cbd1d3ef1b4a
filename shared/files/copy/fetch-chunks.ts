import { type ChunkPool, chunksOf } from './chunks.ts';
import { type ByteRange, discard, type Opened, type PortalFile, RangeIgnoredError } from './portal-file.ts';

export interface Fetching {
  /** Number of ranges of one file fetched concurrently. */
  parallel: number;
  chunks: ChunkPool;
  signal: AbortSignal;
}

/**
 * Yields a file's bytes from an offset, in order, in chunks; only the last is shorter. If the portal supports ranges, several
 * are fetched concurrently. If it does not, or stops doing so, one answer is read from its start.
 *
 * @param whole requests the whole file at once, for files of a single chunk
 */
export async function* fetchChunks(
  file: PortalFile,
  start: number,
  whole: boolean,
  fetching: Fetching,
): AsyncGenerator<Buffer, void> {
  if (start > 0 && start === file.total) return;
  const span = whole ? { start } : { start, end: start + fetching.chunks.size - 1 };
  const opened = await file.open(span, fetching.signal);
  let position = start;
  if (!whole && opened.isRange && file.total !== undefined) {
    try {
      for await (const chunk of ranges(file, start, file.total, opened, fetching)) {
        yield chunk;
        position += chunk.length;
      }
      return;
    } catch (error) {
      if (!(error instanceof RangeIgnoredError)) throw error;
      yield* sequence(file, position, undefined, fetching);
    }
  } else if (opened.isRange && !whole) {
    // Without the total length the end of the next ranges is unknown.
    discard(opened.body);
    yield* sequence(file, start, undefined, fetching);
  } else {
    yield* sequence(file, start, opened, fetching);
  }
}

function sequence(file: PortalFile, start: number, opened: Opened | undefined, { chunks, signal }: Fetching) {
  const { total } = file;
  const bytes = file.read({ start }, signal, { opened });
  return chunksOf(bytes, chunks, total === undefined ? undefined : total - start);
}

/** Holds at most `parallel` + 1 chunks in memory, including the one being awaited. */
async function* ranges(
  file: PortalFile,
  start: number,
  total: number,
  opened: Opened,
  { parallel, chunks, signal }: Fetching,
): AsyncGenerator<Buffer, void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const ahead: Promise<Buffer>[] = [];
  try {
    for (let from = start; from < total; from += chunks.size) {
      const span = { start: from, end: Math.min(from + chunks.size, total) - 1 };
      const chunk = fetchChunk(file, span, chunks, either, from === start ? opened : undefined);
      chunk.catch(() => {}); // The consumer of the chunk sees the error.
      ahead.push(chunk);
      if (ahead.length > parallel) yield await (ahead.shift() as Promise<Buffer>);
    }
    for (const chunk of ahead) yield await chunk;
  } finally {
    stop.abort();
    await Promise.allSettled(ahead);
  }
}

async function fetchChunk(
  file: PortalFile,
  span: Required<ByteRange>,
  chunks: ChunkPool,
  signal: AbortSignal,
  opened: Opened | undefined,
): Promise<Buffer> {
  const bytes = file.read(span, signal, { opened, onlyRanges: true });
  const [chunk] = await Array.fromAsync(chunksOf(bytes, chunks, span.end + 1 - span.start));
  return chunk as Buffer;
}
