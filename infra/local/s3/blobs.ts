import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Blob } from './records.ts';

/** Few large reads and writes: a megabyte per system call. */
const bufferSize = 1024 * 1024;

/** Content of up to so many bytes is written at once when all of it is there: streams to many small files cost more than the writing. */
const small = 256 * 1024;

/** What is to be stored: its bytes, and how many there will be. */
interface Content extends AsyncIterable<Buffer> {
  readonly size: number;
}

/** Files of content under random names; a file never changes once written. Who is reading one keeps it from being removed. */
export class Blobs {
  readonly #directory: string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Writes all of `content`; when it throws, nothing is left and its error is passed on. */
  async write(content: Content): Promise<Blob> {
    const id = randomUUID();
    try {
      if (content.size <= small) await this.#writeAtOnce(id, content);
      else await pipeline(content, createWriteStream(this.#path(id), { flags: 'wx', highWaterMark: bufferSize }));
    } catch (error) {
      this.remove([id]);
      throw error;
    }
    return { id, size: content.size };
  }

  async #writeAtOnce(id: string, content: Content): Promise<void> {
    const pieces = await Array.fromAsync(content);
    writeFileSync(this.#path(id), Buffer.concat(pieces), { flag: 'wx' });
  }

  /** The same content once more under another name, without copying it. */
  async duplicate(blob: Blob): Promise<Blob> {
    const id = randomUUID();
    await link(this.#path(blob.id), this.#path(id));
    return { id, size: blob.size };
  }

  /** The bytes from `first` to `last` (both included) of the content of `blobs`, one after the other. Hold the blobs meanwhile. */
  async *read(blobs: readonly Blob[], first: number, last: number): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const { id, size } of blobs) {
      const start = Math.max(first - offset, 0);
      const end = Math.min(last - offset, size - 1);
      if (start <= end) yield* createReadStream(this.#path(id), { start, end, highWaterMark: bufferSize });
      offset += size;
    }
  }

  /** Keeps blobs readable until the answer is disposed of, even when they are removed meanwhile. */
  hold(blobs: readonly Blob[]): Disposable {
    for (const { id } of blobs) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    return { [Symbol.dispose]: () => this.#release(blobs) };
  }

  remove(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.#readers.has(id)) this.#doomed.add(id);
      else rmSync(this.#path(id), { force: true });
    }
  }

  /** Removes what a killed process has left behind. */
  removeAllBut(kept: ReadonlySet<string>): void {
    this.remove(readdirSync(this.#directory).filter((id) => !kept.has(id)));
  }

  #release(blobs: readonly Blob[]): void {
    for (const { id } of blobs) {
      const readers = (this.#readers.get(id) ?? 0) - 1;
      if (readers > 0) this.#readers.set(id, readers);
      else {
        this.#readers.delete(id);
        if (this.#doomed.delete(id)) this.remove([id]);
      }
    }
  }

  #path(id: string): string {
    return join(this.#directory, id);
  }
}
