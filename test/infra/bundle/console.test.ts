import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { buildConsole } from '../../../infra/bundle/console.ts';

it('a build of the page of the console takes nothing from another process that builds it', async () => {
  const cache = mkdtempSync(join(import.meta.dirname, '../../../node_modules/.cache/console-test-'));
  onTestFinished(() => rmSync(cache, { recursive: true }));
  const other = join(cache, 'new-other');
  mkdirSync(other);
  writeFileSync(join(other, 'favicon.svg'), '');
  const built = await buildConsole(cache);
  expect(readdirSync(built).sort()).toEqual(['assets', 'favicon.svg', 'index.html']);
  expect(readdirSync(other)).toEqual(['favicon.svg']);
});
