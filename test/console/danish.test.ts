import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import english from '@cloudscape-design/components/i18n/messages/all.en.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { accounts as accountsDa } from '../../infra/console/src/texts/da/accounts.ts';
import { components } from '../../infra/console/src/texts/da/components.ts';
import { da } from '../../infra/console/src/texts/da/da.ts';
import { security as securityDa } from '../../infra/console/src/texts/da/security.ts';
import { serverTexts, translate } from '../../infra/console/src/texts/da/server-texts.ts';
import { accounts as accountsEn } from '../../infra/console/src/texts/en/accounts.ts';
import { en } from '../../infra/console/src/texts/en/en.ts';
import { security as securityEn } from '../../infra/console/src/texts/en/security.ts';
import { eventNames } from '../../shared/history/event-names.ts';

const root = join(import.meta.dirname, '..', '..');
const cloudscape = join(root, 'node_modules', '@cloudscape-design', 'components');

const read = (pattern: string) =>
  globSync(pattern, { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'));

/** All texts in an object, by their paths. Functions are called with what stands for their parameters. */
function textsIn(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value(...['‹a›', '‹b›', '‹c›'].slice(0, value.length)))]];
  return Object.entries(Object(value)).flatMap(([name, each]) => textsIn(each, `${path}.${name}`));
}

describe('Danish', () => {
  const pairs = { ...{ main: [en, da] }, accounts: [accountsEn, accountsDa], security: [securityEn, securityDa] };

  it.each(Object.entries(pairs))(
    'has each text of %s, with all that the English one says of a thing',
    (_, [one, other]) => {
      const [englishTexts, danishTexts] = [new Map(textsIn(one)), new Map(textsIn(other))];
      expect([...danishTexts.keys()].toSorted()).toEqual([...englishTexts.keys()].toSorted());
      for (const [path, text] of danishTexts) {
        expect(text.trim(), path).not.toBe('');
        const namesIn = (each = '') => new Set(each.match(/‹\w›/g));
        expect(namesIn(text), path).toEqual(namesIn(englishTexts.get(path)));
      }
    },
  );

  it('has each file of texts that English has', () => {
    const names = (language: string) => globSync('*.ts', { cwd: join(root, 'infra/console/src/texts', language) });
    const others = ['en.ts', 'da.ts', 'server-texts.ts'];
    const topics = (language: string) =>
      names(language)
        .filter((name) => !others.includes(name))
        .toSorted();
    expect(topics('da')).toEqual(topics('en'));
  });

  it('has each text inside of the components that the console uses', () => {
    const own = components['cloudscape-design-components']?.da ?? {};
    const wanted = Object.entries(english['cloudscape-design-components'].en).filter(([name]) => lookedUp().has(name));
    expect(wanted.length).toBeGreaterThan(10);
    for (const [name, messages] of wanted) {
      expect({ name, keys: Object.keys(own[name] ?? {}).toSorted() }).toEqual({
        name,
        keys: Object.keys(messages).toSorted(),
      });
    }
  });
});

/** Names under which components look up their texts, of all modules that the console's imports lead to. */
function lookedUp(): Set<string> {
  const [found, seen] = [new Set<string>(), new Set<string>()];
  const visit = (path: string) => {
    const file = [path, `${path}.js`, join(path, 'index.js')].find(
      (each) => existsSync(each) && statSync(each).isFile(),
    );
    if (file === undefined || seen.has(file) || !file.endsWith('.js')) return;
    seen.add(file);
    const source = readFileSync(file, 'utf8');
    for (const [, name = ''] of source.matchAll(/useInternalI18n\('([^']+)'/g)) found.add(name);
    for (const [, next = ''] of source.matchAll(/(?:from|import) ?\(?'(\.[^']+)'/g))
      visit(resolve(dirname(file), next));
  };
  for (const source of read('infra/console/src/**/*.{ts,tsx}')) {
    for (const [, name = ''] of source.matchAll(/'@cloudscape-design\/components\/([a-z-]+)'/g))
      visit(join(cloudscape, name));
  }
  return found;
}

describe('a text of the gateway', () => {
  const source = read('shared/**/*.ts').join('\n').replaceAll("\\'", "'").replaceAll('` +\n', '');

  it('is as its source has it, part by part', () => {
    // The source puts some texts together from several.
    const partsOf = (phrase: string) =>
      phrase.split(/\{\w*\}|[,.;:] ?/).map((part) => part.replace(/^(newPassword|email|members:|messageType:) /, ''));
    const isThere = (phrase: string) => partsOf(phrase).every((part) => source.includes(part.trim()));
    expect(Object.keys(serverTexts).filter((phrase) => !isThere(phrase))).toEqual([]);
  });

  it('has in Danish the same parts that change', () => {
    const partsOf = (text: string) => text.match(/\{\w*\}/g);
    for (const [phrase, danish] of Object.entries(serverTexts))
      expect(partsOf(danish), phrase).toEqual(partsOf(phrase));
  });

  it('is translated with its parts, and is unknown otherwise', () => {
    expect(translate('Incorrect password')).toBe('Forkert adgangskode');
    expect(translate('User bob (the first) does not exist')).toBe('Brugeren bob (the first) findes ikke');
    expect(translate('CreateUnicorn u.1 is dismissed.')).toBe('CreateUnicorn u.1 er afvist.');
    expect(translate('something else')).toBeUndefined();
  });

  it('is translated for each event of the history', () => {
    expect(eventNames.filter((name) => translate(name) === undefined)).toEqual([]);
  });
});
