import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const shared = join(import.meta.dirname, '..', '..', 'shared');
const declarations = globSync('**/*.ts', { cwd: shared }).flatMap((file) =>
  [...readFileSync(join(shared, file), 'utf8').matchAll(/^export class (\w+Error) extends .*\n(.*)/gm)].map(
    ([, name = '', next = '']) => ({ name, next }),
  ),
);

describe('every error that the gateway raises', () => {
  it.each(declarations)('has its name written out: $name', ({ name, next }) => {
    expect(next).toMatch(new RegExp(`^ {2}override readonly name(: string)? = '${name}';$`));
  });
});
