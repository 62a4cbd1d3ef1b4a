import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { buildConsole } from '../../../infra/bundle/console.ts';
import { propertiesInUse } from '../../../infra/console/build/trim-styles.ts';
import { startDistribution } from '../../../infra/local/cloudfront/server.ts';

const script = `export const text = '${'page '.repeat(1_000)}';\n`;

/** Serves a folder with a large and a small script. @returns gets a file as a browser that takes some encodings */
async function serve({ compress }: { compress: boolean }) {
  const folder = mkdtempSync(join(tmpdir(), 'console-page-'));
  writeFileSync(join(folder, 'large.js'), script);
  writeFileSync(join(folder, 'small.js'), 'export {};\n');
  const behavior = { pattern: undefined, methods: ['GET'], headers: {}, viewerRequest: undefined, compress };
  const distribution = await startDistribution([{ ...behavior, origin: { kind: 'files', folder, metadata: {} } }], {
    servers: () => undefined,
    localize: (header) => header,
  });
  onTestFinished(async () => {
    await distribution[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return async (path: string, accepted: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ encoding: string | undefined; bytes: Buffer }>();
    request(`${distribution.url}${path}`, { headers: { 'accept-encoding': accepted } }, async (answer) => {
      resolve({ encoding: answer.headers['content-encoding'], bytes: await buffer(answer) });
    })
      .on('error', reject)
      .end();
    return promise;
  };
}

it('is compressed as CloudFront does it: with Brotli before gzip, and not where that saves nothing', async () => {
  const get = await serve({ compress: true });
  const brotli = await get('/large.js', 'gzip, deflate, br, zstd');
  expect(brotli.encoding).toBe('br');
  expect(brotliDecompressSync(brotli.bytes).toString()).toBe(script);
  const gzip = await get('/large.js', 'gzip');
  expect(gzip.encoding).toBe('gzip');
  expect(gunzipSync(gzip.bytes).toString()).toBe(script);
  expect(await get('/large.js', 'identity')).toEqual({ encoding: undefined, bytes: Buffer.from(script) });
  expect((await get('/small.js', 'br')).encoding).toBeUndefined();
});

it('is not compressed where nothing is cached', async () => {
  const get = await serve({ compress: false });
  expect(await get('/large.js', 'br')).toEqual({ encoding: undefined, bytes: Buffer.from(script) });
});

it('keeps the custom properties that rules name, and those that their values name in turn', () => {
  const styles = [
    'body{--a:1px;--b:var(--a);--unused:var(--other);--other:2px}',
    '.x{width:var( --b , var(--c))}.dark{--b:3px}',
  ];
  expect([...propertiesInUse(styles, ['style.setProperty("--set", 1)'])].sort()).toEqual([
    '--a',
    '--b',
    '--c',
    '--set',
  ]);
});

it('declares each property that a style names, and no design token that nothing names', async () => {
  const folder = join(await buildConsole(), 'assets');
  const read = (ending: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  const [styles, programs] = [read('.css'), read('.js')];
  const text = styles.join('\n');
  const tokens = /--(?:color|space|size|border|font|shadow|motion)-[\w-]+/;
  const declared = new Set(text.match(new RegExp(`${tokens.source}(?=\\s*:)`, 'g')));
  const named = new Set(text.match(new RegExp(`(?<=var\\(\\s*)${tokens.source}`, 'g')));
  expect(named.size).toBeGreaterThan(300);
  expect([...named.difference(declared)]).toEqual([]);
  expect([...declared.difference(propertiesInUse(styles, programs))]).toEqual([]);
});

it('starts its requests before its other programs have arrived', async () => {
  const folder = await buildConsole();
  const document = readFileSync(join(folder, 'index.html'), 'utf8');
  const [first = '', ...others] = [...document.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, path]) => path);
  expect(document).toContain(`async src="${first}"`);
  const program = readFileSync(join(folder, first), 'utf8');
  expect(program).toContain('/accounts/session');
  expect(program).not.toMatch(/\bfrom\s*["'`]/);
  expect(others.length).toBeGreaterThan(0);
});
