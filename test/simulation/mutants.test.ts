import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mutations } from './mutants/all.ts';
import { mutate } from './mutants/mutation.ts';

const shared = join(import.meta.dirname, '../../shared');

it.each(mutations)('the mistake "$name" can be made in the code as it is', (mutation) => {
  const code = readFileSync(join(shared, mutation.file), 'utf8');
  expect(mutate(code, mutation)).not.toBe(code);
});
