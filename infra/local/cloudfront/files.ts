import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** CloudFront does not say how hard it tries. It compresses at the first request, so not as hard as it could. */
const compressions = {
  br: (bytes: Buffer) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
};
type Encoding = keyof typeof compressions;

/** Bytes of the objects that CloudFront compresses. */
const compressible = { least: 1_000, most: 10_000_000 };

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
  /** The compressed bytes; none of what is too small or too large for that. */
  encoded: ReadonlyMap<Encoding, Buffer>;
}

/** The encoding for a client, Brotli before gzip as CloudFront has it. @param accepted its header `accept-encoding` */
export const encodingFor = (accepted: string): Encoding | undefined =>
  (['br', 'gzip'] as const).find((encoding) => new RegExp(`\\b${encoding}\\b`).test(accepted));

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
  if (!bytes) return undefined;
  const encoded = new Map<Encoding, Buffer>();
  if (bytes.length >= compressible.least && bytes.length <= compressible.most)
    for (const encoding of ['br', 'gzip'] as const) encoded.set(encoding, await compressions[encoding](bytes));
  return { type, bytes, encoded };
}
