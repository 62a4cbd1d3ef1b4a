import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { firstAdminFile, writeFirstAdmin } from '../../../infra/local/first-admin.ts';

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'first-admin-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

const outputs = new Map([['FirstAdminSecret', 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:Admin-aaaaaa']]);

it('writes name and password of the first admin into a file for its owner alone', () => {
  const directory = newDirectory();
  const secret = { username: 'administrator', password: 'canary' };
  writeFirstAdmin(directory, new Map([['Admin', JSON.stringify(secret)]]), outputs);
  const file = firstAdminFile(directory);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(secret);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('writes nothing for a stack without accounts', () => {
  const directory = newDirectory();
  writeFirstAdmin(directory, new Map(), new Map());
  writeFirstAdmin(directory, new Map(), outputs);
  expect(readdirSync(directory)).toEqual([]);
});
