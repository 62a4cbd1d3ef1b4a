import { chunkSize, chunksOf } from './chunks.ts';
import { discard, type Opened, type PortalFile, RangeIgnoredError, type Span } from './portal-file.ts';

export interface Fetching {
  /** How many ranges of one file are fetched at a time. */
  parallel: number;
  signal: AbortSignal;
}

/**
 * A file's bytes from a byte on, in order, in chunks of which only the last is shorter. Where the portal honours ranges
 * several are fetched at a time; where it does not, or ceases to, one answer is read from its start.
 *
 * @param whole asks for all of it at once: for files that make no second chunk
 */
export async function* fetchChunks(
  file: PortalFile,
  start: number,
  whole: boolean,
  fetching: Fetching,
): AsyncGenerator<Buffer, void> {
  if (start > 0 && start === file.total) return;
  const span = whole ? { start } : { start, end: start + chunkSize - 1 };
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
    // Without its total length nobody knows where the next ranges would end.
    discard(opened.body);
    yield* sequence(file, start, undefined, fetching);
  } else {
    yield* sequence(file, start, opened, fetching);
  }
}

function sequence(file: PortalFile, start: number, opened: Opened | undefined, { signal }: Fetching) {
  const { total } = file;
  const bytes = file.read({ start }, signal, { opened });
  return chunksOf(bytes, chunkSize, total === undefined ? undefined : total - start);
}

/** At most one chunk more than `parallel` is in memory here: the one that is waited for. */
async function* ranges(
  file: PortalFile,
  start: number,
  total: number,
  opened: Opened,
  { parallel, signal }: Fetching,
): AsyncGenerator<Buffer, void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const ahead: Promise<Buffer>[] = [];
  try {
    for (let from = start; from < total; from += chunkSize) {
      const span = { start: from, end: Math.min(from + chunkSize, total) - 1 };
      const chunk = fetchChunk(file, span, either, from === start ? opened : undefined);
      chunk.catch(() => {}); // Whoever takes it sees why.
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
  span: Required<Span>,
  signal: AbortSignal,
  opened: Opened | undefined,
): Promise<Buffer> {
  const length = span.end + 1 - span.start;
  const [chunk] = await Array.fromAsync(
    chunksOf(file.read(span, signal, { opened, onlyRanges: true }), length, length),
  );
  return chunk as Buffer;
}
