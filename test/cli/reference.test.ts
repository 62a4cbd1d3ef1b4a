import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allCommands } from '../../infra/cli/program.ts';
import { referenceOf } from '../../infra/cli/reference.ts';

const page = join(import.meta.dirname, '../../infra/cli/README.md');

it('The README of the command line has the reference of all commands (-u writes it anew)', async () => {
  const text = readFileSync(page, 'utf8');
  const filled = text.replace(
    /(<!-- commands -->\n)[\s\S]*?(<!-- end -->)/,
    (_, begin, end) => `${begin}${referenceOf(allCommands)}\n\n${end}`,
  );
  await expect(filled).toMatchFileSnapshot(page);
});
