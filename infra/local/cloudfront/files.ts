import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/** Types as the deployment sets them, by the ending of the name. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};

export interface ServedFile {
  type: string;
  bytes: Buffer;
  gzipped: Buffer;
}

/** Files of a folder by their path, each read and compressed once. */
export function openFiles(folder: string): (path: string) => Promise<ServedFile | undefined> {
  const read = new Map<string, Promise<ServedFile | undefined>>();
  return (path) => {
    const file = normalize(join(folder, path));
    if (!file.startsWith(`${folder}/`)) return Promise.resolve(undefined);
    const served = read.get(file) ?? readServed(file);
    read.set(file, served);
    return served;
  };
}

async function readServed(file: string): Promise<ServedFile | undefined> {
  const type = types[extname(file)];
  if (type === undefined) return undefined;
  const bytes = await readFile(file).catch(() => undefined);
  return bytes && { type, bytes, gzipped: await compress(bytes) };
}
