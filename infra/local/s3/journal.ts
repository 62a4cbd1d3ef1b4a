import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { type JournalRecord, recordSchema } from './records.ts';

/**
 * An append-only file of JSON lines. A change takes effect when its line is complete, so that each change is atomic even if the
 * process is killed. (Power failures are not covered: nothing is fsynced.)
 */
export class Journal {
  readonly #file: number;
  #length: number;

  private constructor(file: number, length: number) {
    this.#file = file;
    this.#length = length;
  }

  /** The changes in a journal file, oldest first; none without a file. An incomplete last line is ignored. */
  static *read(path: string): Generator<JournalRecord> {
    if (!existsSync(path)) return;
    const text = readFileSync(path);
    let start = 0;
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
      yield recordSchema.parse(JSON.parse(text.toString('utf8', start, end)));
      start = end + 1;
    }
  }

  /** Atomically replaces the journal at `path` by one with only `records`, and opens it for appending. */
  static replace(path: string, records: Iterable<JournalRecord>): Journal {
    const file = openSync(`${path}.new`, 'w');
    const journal = new Journal(file, 0);
    for (const record of records) journal.append(record);
    renameSync(`${path}.new`, path);
    return journal;
  }

  /** Deliberately synchronous, so that no other change happens between checking a condition and the change that depends on it. */
  append(record: JournalRecord): void {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    try {
      const written = writeSync(this.#file, line, 0, line.length, this.#length);
      if (written < line.length) throw new Error('The disk did not take the whole line of the journal.');
    } catch (error) {
      ftruncateSync(this.#file, this.#length);
      throw error;
    }
    this.#length += line.length;
  }

  close(): void {
    closeSync(this.#file);
  }
}
