import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allOptions } from './nag.ts';
import { synthesize } from './synthesis.ts';

// The diff of these files shows the effect of a change of the infrastructure; `npx vitest -u` writes them anew.
const stages = {
  production: {},
  test: { stage: 'test', ...allOptions },
};

describe('the template', () => {
  it.each(Object.entries(stages))('of the stage %s is as it was seen last', async (stage, settings) => {
    const template = JSON.stringify(synthesize(settings).template.toJSON(), undefined, 1);
    // Hashes of the functions' code, which is empty here.
    const golden = template.replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH');
    await expect(`${golden}\n`).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `${stage}.template`));
  });
});
