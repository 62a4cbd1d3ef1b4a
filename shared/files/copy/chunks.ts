/** Up to this announced size, in bytes, files are moved together: the start of a transfer would cost more than the file. */
export const smallFile = 8 * 1024 * 1024;

/** A file is fetched, hashed and handed on in chunks of so many bytes; only the last is shorter. */
export let chunkSize = smallFile;

/** For a simulation, whose files of some kilobytes are to make many parts. @returns makes chunks as they were */
export function useChunksOf(bytes: number): () => void {
  const former = chunkSize;
  chunkSize = bytes;
  return () => {
    chunkSize = former;
  };
}

/**
 * Memory of chunks, to be used again: no more than was in flight at once. Allocated anew for each chunk it would pile up until
 * V8 collects it, and in pieces that the process does not give back: half as much again.
 */
const freeChunks: Buffer[] = [];

/** Gives a chunk's memory back. Nobody may read it any more. */
export function giveBack(chunk: Buffer): void {
  if (chunk.length === chunkSize && chunk.buffer.byteLength === chunkSize) freeChunks.push(chunk);
}

/** Most parts of one upload (Amazon S3 user guide, multipart upload limits). */
export const maxParts = 10_000;

/**
 * The size of parts for a file of so many bytes: a chunk, or as many chunks as 10,000 parts ask for. Without a length they
 * grow.
 *
 * @param from what is stored already
 * @returns the size of the part of an index from 0, in bytes
 */
export function partSizeFor(total: number | undefined, from = { parts: 0, bytes: 0 }): (index: number) => number {
  if (total === undefined) return growingPart;
  const size = chunkSize * Math.max(1, Math.ceil((total - from.bytes) / (maxParts - from.parts) / chunkSize));
  return () => size;
}

/** 1,000 parts of 8 MiB, then of 16 MiB, and so on: 10,000 parts hold 430 GiB, and 8 MiB of memory serve for small ones. */
const growingPart = (index: number) => chunkSize * (1 + Math.floor(index / 1_000));

/**
 * Gathers bytes into chunks of the size asked for; only the last is shorter. Without bytes there is no chunk.
 *
 * @param size bytes
 * @param length how many bytes come, if that is known: then the last chunk takes no more memory than it needs
 */
export async function* chunksOf(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
  length = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer, void> {
  let left = length;
  const empty = () => {
    const wanted = left > 0 ? Math.min(size, left) : size;
    return (wanted === chunkSize && freeChunks.pop()) || Buffer.allocUnsafe(wanted);
  };
  let chunk = empty();
  let filled = 0;
  for await (const piece of bytes) {
    for (let from = 0; from < piece.length; ) {
      if (filled === chunk.length) {
        yield chunk;
        left -= filled;
        chunk = empty();
        filled = 0;
      }
      const taken = Math.min(piece.length - from, chunk.length - filled);
      chunk.set(piece.subarray(from, from + taken), filled);
      from += taken;
      filled += taken;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
