import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readCommandLine } from '../../infra/cli/program.ts';
import { parseSettings, settingNames } from '../../infra/settings.ts';
import { allDocuments, readDocument, root } from '../documentation/documents.ts';
import { wordsOf } from './words.ts';

const all = (pattern: RegExp) => [...new Set([...allDocuments.matchAll(pattern)].map(([, found = '']) => found))];

describe('what documents tell people to type', () => {
  it.each(all(/npm run operator -- ([^\n`|]+)/g))('is a command with these options: npm run operator -- %s', (line) => {
    expect(() => readCommandLine(wordsOf(line))).not.toThrow();
  });

  it('with "npm run" is a script', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readDocument('package.json')));
    for (const name of all(/npm run (?:--silent )?([a-z:-]+)/g)) expect(Object.keys(scripts)).toContain(name);
  });

  it('names files that are there', () => {
    for (const file of all(/\b((?:infra|shared|functions|test)\/[\w/.-]*\w\.\w+)/g)) {
      expect(existsSync(join(root, file)), file).toBe(true);
    }
  });

  it('names a portal that a deployment takes', () => {
    for (const portalUrl of all(/ -c portalUrl=(\S+)/g)) {
      if (!portalUrl.startsWith('http')) continue;
      expect(parseSettings({ portalUrl }).portalUrl).toBe(portalUrl);
      expect(portalUrl).not.toBe(parseSettings({}).portalUrl);
    }
  });

  it('with "-c" are settings', () => {
    expect(settingNames).toEqual(expect.arrayContaining(all(/ -c (\w+)=/g).filter((name) => name !== 'name')));
  });
});

describe('the table of settings', () => {
  const table = /^\| setting [\s\S]*?\n\n/m.exec(readDocument('infra/README.md'))?.[0] ?? '';
  const rows = new Map(
    [...table.matchAll(/^\| `(\w+)` \| ?(.*?) ?\|/gm)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/[`,]/g, ''),
    ]),
  );

  it('has every setting, and no other', () => {
    expect([...rows.keys()].sort()).toEqual([...settingNames].sort());
  });

  it('tells its default', () => {
    // There is none that would do: it stands in so that the app can be synthesized without a portal.
    const { portalUrl, ...defaults } = parseSettings({});
    for (const [name, value] of Object.entries(defaults)) {
      expect(rows.get(name), name).toBe(typeof value === 'object' ? '' : String(value));
    }
  });
});
