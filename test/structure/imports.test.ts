import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findLoops, readImports, siblingImports } from './imports.ts';
import { layers, only } from './layers.ts';

const imports = readImports(['shared', 'functions', 'infra', 'test']);

const layerOf = (file: string) =>
  layers
    .filter((layer) => file === layer || file.startsWith(`${layer}/`))
    .reduce((longest, layer) => (layer.length > longest.length ? layer : longest), '');

const pairs = [...imports].flatMap(([file, targets]) => targets.map((target) => ({ file, target })));

const arrows = (found: readonly { file: string; target: string }[]) =>
  found.map(({ file, target }) => `${file} → ${target}`);

describe('the imports of files, for types too', () => {
  it('are read from every file', () => {
    expect(imports.get('test/structure/imports.test.ts')).toEqual([
      'test/structure/imports.ts',
      'test/structure/layers.ts',
    ]);
    expect(pairs.filter(({ target }) => !existsSync(target))).toEqual([]);
  });

  it('form no loop', () => {
    const graph = new Map([...imports].filter(([file]) => !file.startsWith('test/simulation/')));
    expect(findLoops(graph)).toEqual([]);
  });

  it('form no loop of folders side by side', () => {
    const within = pairs.filter(({ file, target }) => layerOf(file) === layerOf(target));
    const loops = [...siblingImports(within)].flatMap(([parent, level]) =>
      findLoops(level).map((loop) => `${parent}/{${loop.join(',')}}`),
    );
    expect(loops).toEqual([]);
  });

  it('are of the same layer or one before it', () => {
    const index = (file: string) => layers.indexOf(layerOf(file));
    expect([...imports.keys()].filter((file) => index(file) < 0)).toEqual([]);
    expect(arrows(pairs.filter(({ file, target }) => index(target) > index(file)))).toEqual([]);
  });

  it.each(Object.entries(only))('of %s are in %j alone', (layer, importers) => {
    const others = pairs.filter(
      ({ file, target }) => layerOf(target) === layer && ![layer, ...importers].includes(layerOf(file)),
    );
    expect(arrows(others)).toEqual([]);
  });
});

describe('findLoops', () => {
  it('finds each group of nodes that reach one another', () => {
    const graph = new Map(
      Object.entries({ a: ['b'], b: ['c'], c: ['b', 'd'], d: [], e: ['e'], f: ['g', 'a'], g: ['h'], h: ['f'] }),
    );
    expect(findLoops(graph)).toEqual([['b', 'c'], ['e'], ['f', 'g', 'h']]);
  });
});

describe('siblingImports', () => {
  it('puts an import down to the folders where the two paths part', () => {
    const imports = [
      { file: 'a/b/one.ts', target: 'a/c/d/two.ts' },
      { file: 'a/c/d/two.ts', target: 'a/b/e/three.ts' },
      { file: 'a/four.ts', target: 'a/b/one.ts' },
      { file: 'a/b/e/three.ts', target: 'a/four.ts' },
    ];
    expect(siblingImports(imports)).toEqual(
      new Map([
        [
          'a',
          new Map([
            ['b', new Set(['c'])],
            ['c', new Set(['b'])],
          ]),
        ],
      ]),
    );
  });
});
