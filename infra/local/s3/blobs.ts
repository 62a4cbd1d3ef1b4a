import { randomUUID } from 'node:crypto';
import { closeSync, createReadStream, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blob } from './records.ts';

/** Bytes for each system call that reads. */
const bufferSize = 1024 * 1024;

/** Content to store: its bytes and their number. */
interface Content extends AsyncIterable<Buffer> {
  readonly size: number;
}

/** Files of content with random names. A file never changes after it is written, and is not removed while it is being read. */
export class Blobs {
  readonly #directory: string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /**
   * Writes all of `content`. If reading the content fails, the file is removed and the error is thrown. Uses synchronous calls:
   * they only reach the page cache, and passing each to another thread would cost several times as much.
   */
  async write(content: Content): Promise<Blob> {
    const id = randomUUID();
    const file = openSync(this.#path(id), 'wx');
    try {
      for await (const piece of content) writeFileSync(file, piece);
    } catch (error) {
      this.remove([id]);
      throw error;
    } finally {
      closeSync(file);
    }
    return { id, size: content.size };
  }

  /** Duplicates content under another name without copying it. */
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

  /** Removes files that a killed process has left. */
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
