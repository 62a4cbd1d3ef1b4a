/** Files announced up to this size, in bytes, share a transfer: starting one for each would cost more than the file. */
export const smallFile = 8 * 1024 * 1024;

/** Size in bytes of the chunks in which a file is fetched, hashed and stored; only the last chunk is shorter. */
export let chunkSize = smallFile;

/**
 * Changes the chunk size for simulations, where files of some kilobytes have to make many parts. @returns a function that
 * restores it
 */
export function useChunksOf(bytes: number): () => void {
  const former = chunkSize;
  chunkSize = bytes;
  return () => {
    chunkSize = former;
  };
}

/**
 * Pool of chunk buffers, at most as many as were in flight at once. New buffers for every chunk would accumulate until V8
 * collects them, in pieces that the process does not return to the system: half as much memory again.
 */
const freeChunks: Buffer[] = [];

/** Returns a chunk's buffer to the pool. The chunk must not be read afterwards. */
export function giveBack(chunk: Buffer): void {
  if (chunk.length === chunkSize && chunk.buffer.byteLength === chunkSize) freeChunks.push(chunk);
}

/** Most parts of one upload (Amazon S3 user guide, multipart upload limits). */
export const maxParts = 10_000;

/**
 * Part sizes for a file: one chunk, or more if the file would need more than 10,000 parts. If the length is unknown, the parts
 * grow.
 *
 * @param from the parts and bytes stored already
 * @returns the size in bytes of the part with an index from 0
 */
export function partSizeFor(total: number | undefined, from = { parts: 0, bytes: 0 }): (index: number) => number {
  if (total === undefined) return growingPart;
  const size = chunkSize * Math.max(1, Math.ceil((total - from.bytes) / (maxParts - from.parts) / chunkSize));
  return () => size;
}

/** 1,000 parts of 8 MiB, then of 16 MiB, and so on: 10,000 parts hold 430 GiB, and small files need only 8 MiB of memory. */
const growingPart = (index: number) => chunkSize * (1 + Math.floor(index / 1_000));

/**
 * Collects bytes into chunks of the given size; only the last is shorter. Yields nothing for no bytes.
 *
 * @param size bytes
 * @param length number of bytes to come, if known: the last chunk then takes no more memory than it needs
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
