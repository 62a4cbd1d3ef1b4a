import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError } from '../../shared/platform/errors.ts';

const writableByOthers = 0o022;

/**
 * Creates a data directory that only its owner can read, or checks an existing one: it will hold secrets and register data, and
 * its content is trusted, so no other user may have been able to write to it.
 *
 * @returns its absolute path
 * @throws ConfigurationError with the reason why the directory cannot be used, and the remedy
 */
export function prepareDataDirectory(path: string): string {
  const directory = resolve(path);
  try {
    make(directory);
    const stats = lstatSync(directory);
    check(directory, stats);
    if (!stats.isDirectory()) throw new ConfigurationError(`The data directory ${directory} is no directory`);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    checkEntries(directory);
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    throw new ConfigurationError(`The data directory ${directory} can't be used: ${messageOf(cause)}`, { cause });
  }
  return directory;
}

/** Not `recursive`, which never returns in file systems like /proc, where nothing can be created. */
function make(directory: string): void {
  if (lstatSync(directory, { throwIfNoEntry: false })) return;
  if (dirname(directory) !== directory) makeParent(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

/** A parent may be a link. */
function makeParent(directory: string): void {
  try {
    readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') make(directory);
  }
}

function checkEntries(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) continue; // Removed by a running gateway.
    check(path, stats);
    if (stats.isDirectory()) checkEntries(path);
  }
}

function check(path: string, stats: Stats): void {
  const refuse = (reason: string) => {
    throw new ConfigurationError(`The data directory can't be trusted: ${path} ${reason}`);
  };
  if (stats.isSymbolicLink()) refuse('is a symbolic link; give the directory itself, without links in it');
  const user = process.getuid?.();
  if (user === undefined) return; // The system has no owners and modes.
  if (stats.uid !== user)
    refuse(`belongs to user ${stats.uid}, not to user ${user}, who runs this; give another directory`);
  if ((stats.mode & writableByOthers) !== 0) {
    refuse(
      `can be written by others; if only you have put things there: chmod -R go-rwx '${path.replaceAll("'", "'\\''")}'`,
    );
  }
}

/**
 * Replaces a file atomically. Only its owner can read it.
 * @param path in a data directory
 */
export function replaceFile(path: string, text: string): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { flag: 'wx', mode: 0o600 });
  renameSync(fresh, path);
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
