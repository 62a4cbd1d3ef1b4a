import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigurationError } from '../../shared/platform/errors.ts';

/** SQLITE_BUSY, another connection has the lock (SQLite, result codes). */
const busy = 5;

/**
 * Locks a data directory for this process. The lock is SQLite's, which ends with the process, however that ends.
 *
 * @returns a disposable that releases the lock
 * @throws ConfigurationError if a running process uses it
 */
export function lock(directory: string): Disposable {
  const database = new DatabaseSync(join(directory, 'lock.sqlite'));
  const holder = join(directory, 'process-id');
  try {
    // One of several at once gets it. An exclusive lock could be refused to all of them.
    database.exec('BEGIN IMMEDIATE');
  } catch (cause) {
    database.close();
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === busy)) throw cause;
    const name = existsSync(holder) ? `process ${readFileSync(holder, 'utf8')}` : 'another process';
    throw new ConfigurationError(`${directory} is in use by ${name}`, { cause });
  }
  writeFileSync(holder, `${process.pid}`);
  return { [Symbol.dispose]: () => database.close() };
}
