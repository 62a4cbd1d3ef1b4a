import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allOptions } from './nag.ts';
import { synthesize } from './synthesis.ts';

// What a change of the infrastructure changes is seen in the diff of these files; `npx vitest -u` writes them anew.
const stages = {
  production: {},
  test: { stage: 'test', ...allOptions },
};

describe('the template', () => {
  it.each(Object.entries(stages))('of the stage %s is as it was seen last', async (stage, settings) => {
    const template = JSON.stringify(synthesize(settings).template.toJSON(), undefined, 1);
    // Of the functions' code, which is none here.
    const golden = template.replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH');
    await expect(`${golden}\n`).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `${stage}.template`));
  });
});
