import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle, functionEntries } from '../../../infra/bundle/bundle.ts';
import { apiFunctions, messageFunctions } from '../template/synthesis.ts';

const root = join(import.meta.dirname, '../../..');
// Inside the repository, where the bundler finds node_modules; this folder is ignored by git.
mkdirSync(join(root, 'cdk.out'), { recursive: true });
const folder = mkdtempSync(join(root, 'cdk.out', 'size-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const functions = join(root, 'functions');
await bundle(functions, folder);
const fileOf = (entry: string) => join(folder, entry, 'index.mjs');

describe('the bundle', () => {
  it.each(Object.values(messageFunctions))('of %s has at most 500 kB, so that it starts quickly', (entry) => {
    // The deletion of a project ends its processes and jobs, too.
    const further = entry === 'projects/delete-project' ? 5_000 : 0;
    expect(statSync(fileOf(entry)).size).toBeLessThanOrEqual(500_000 + further);
  });

  it.each(apiFunctions)('of %s has at most 700 kB', (entry) => {
    expect(statSync(fileOf(entry)).size).toBeLessThanOrEqual(700_000);
  });

  it.each(functionEntries(functions))(
    'of %s has the AWS SDK in it, and asks for nothing that is not there',
    (entry) => {
      const imports = readFileSync(fileOf(entry), 'utf8').matchAll(/(?:^|;)(?:import|export)[^'";(]*['"]([^'"]+)['"]/g);
      expect([...imports].map(([, module = '']) => module).filter((module) => !isBuiltin(module))).toEqual([]);
    },
  );
});
