import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { checkFile } from '../../../shared/portal/upload.ts';

/** A file of this machine that is to be sent, as it was when the command began. */
export interface LocalFile {
  path: string;
  name: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
}

/** @throws InvalidInputError when there is no such file, or it can't be sent under its name */
export async function findFile(path: string): Promise<LocalFile> {
  const found = await lookAt(path);
  if (!found.isFile()) throw new InvalidInputError(`${path} is not a file`);
  const { size, mtimeMs: modified } = found;
  const file = { path, name: basename(path), size, modified };
  checkFile({ fileName: file.name, size });
  return file;
}

/** The file's content, which fails at its end when the file was changed meanwhile. */
export function contentOf(file: LocalFile): Readable {
  return Readable.from(chunksOf(file), { objectMode: false });
}

async function* chunksOf({ path, size, modified }: LocalFile): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    read += chunk.length;
    yield chunk;
  }
  const now = await lookAt(path);
  if (read !== size || now.size !== size || now.mtimeMs !== modified) {
    throw new InvalidInputError(`${path} was changed while it was read: nothing was put`);
  }
}

async function lookAt(path: string) {
  try {
    return await stat(path);
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new InvalidInputError(`${path} can't be read (${code})`, { cause });
  }
}
