import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const operator = fileURLToPath(new URL('../../infra/cli/main.ts', import.meta.url));

it('ends without a word when nobody reads what it prints', () => {
  const { stderr, stdout } = spawnSync('sh', ['-c', '"$0" "$1" --help | true', process.execPath, operator]);
  expect([`${stderr}`, `${stdout}`]).toEqual(['', '']);
});
