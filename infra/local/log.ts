import { close, mkdirSync, openSync, writeFile } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';

/**
 * Appends to `logs/{name}.log` in a data directory. What the disk does not take is left out: a full disk must not end the gateway, which
 * says so elsewhere.
 */
export function openLog(dataDirectory: string, name: string): Writable {
  const logs = join(dataDirectory, 'logs');
  mkdirSync(logs, { recursive: true });
  const file = openSync(join(logs, `${name}.log`), 'a');
  const append = (bytes: Buffer, done: () => void) => writeFile(file, bytes, () => done());
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => append(chunk, done),
    writev: (chunks, done) => append(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
    final: (done) => close(file, () => done()),
  });
}
