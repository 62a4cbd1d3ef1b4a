import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, inject, it, onTestFinished } from 'vitest';
import { buildOnce } from '../../../infra/bundle/build-once.ts';

let root: string;
let cache: string;

beforeEach(() => {
  root = mkdtempSync(join(inject('directory'), 'sources-'));
  cache = join(root, 'cache');
  onTestFinished(() => rmSync(root, { recursive: true }));
  write('one');
});

const write = (text: string) => writeFileSync(join(root, 'source.txt'), text);
const sources = () => ({ root, patterns: ['*.txt'] });

async function build(folder: string): Promise<void> {
  writeFileSync(join(folder, 'first'), '');
  await Promise.resolve();
  writeFileSync(join(folder, 'second'), '');
}

it('the same sources are built once, others anew, as do other settings', async () => {
  const built = await buildOnce(cache, sources(), build);
  expect(readdirSync(built)).toEqual(['first', 'second']);
  const never = () => Promise.reject(new Error('built again'));
  expect(await buildOnce(cache, sources(), never)).toBe(built);
  expect(await buildOnce(cache, { ...sources(), settings: 'other' }, build)).not.toBe(built);
  write('two');
  expect(await buildOnce(cache, sources(), build)).not.toBe(built);
});

it('builds at the same time lead to one whole folder', async () => {
  const folders = await Promise.all([1, 2, 3].map(() => buildOnce(cache, sources(), build)));
  expect(new Set(folders).size).toBe(1);
  expect(readdirSync(cache)).toHaveLength(1);
  expect(readdirSync(folders[0] ?? '')).toEqual(['first', 'second']);
});

it('a build takes nothing from another one that is under way, and removes what is a day old', async () => {
  for (const name of ['new-other', 'old']) mkdirSync(join(cache, name), { recursive: true });
  const longAgo = Date.now() / 1_000 - 86_401;
  utimesSync(join(cache, 'old'), longAgo, longAgo);
  await buildOnce(cache, sources(), build);
  expect(readdirSync(cache)).toContain('new-other');
  expect(readdirSync(cache)).not.toContain('old');
});

it('a build that fails leaves nothing that counts as built', async () => {
  const failing = buildOnce(cache, sources(), () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(readdirSync(await buildOnce(cache, sources(), build))).toEqual(['first', 'second']);
});
