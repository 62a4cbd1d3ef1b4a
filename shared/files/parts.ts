import { smallFile } from './due.ts';

const mebibyte = 1024 * 1024;

/** Most parts of one upload (Amazon S3 user guide, multipart upload limits). */
export const maxParts = 10_000;

/**
 * The size of parts for a file of so many bytes: 8 MiB, or as much more as 10,000 parts ask for, in whole MiB. Without a
 * length they grow.
 *
 * @returns the size of the part of an index from 0, in bytes
 */
export function partSizeFor(contentLength: number | undefined): (index: number) => number {
  if (contentLength === undefined) return growingPart;
  const least = Math.ceil(contentLength / maxParts / mebibyte) * mebibyte;
  const size = Math.max(smallFile, least);
  return () => size;
}

/** 1,000 parts of 8 MiB, then of 16 MiB, and so on: 10,000 parts hold 430 GiB, and 8 MiB of memory serve for small ones. */
const growingPart = (index: number) => smallFile * (1 + Math.floor(index / 1_000));

/**
 * Gathers a stream's chunks into parts, each but the last of just the size asked for. An empty stream has no part.
 *
 * @param sizeOf size of the part of an index from 0, in bytes
 */
export async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  sizeOf: (index: number) => number,
): AsyncGenerator<Buffer, undefined> {
  let index = 0;
  let part = Buffer.allocUnsafe(sizeOf(index));
  let filled = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const taken = Math.min(chunk.length - from, part.length - filled);
      part.set(chunk.subarray(from, from + taken), filled);
      from += taken;
      filled += taken;
      if (filled < part.length) continue;
      yield part;
      index += 1;
      part = Buffer.allocUnsafe(sizeOf(index));
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
  return undefined;
}
