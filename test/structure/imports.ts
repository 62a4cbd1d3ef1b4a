import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Files that each file imports, for values or for types. Paths are relative to the root of the repository. */
export function readImports(folders: readonly string[]): Map<string, string[]> {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,mjs}`)).toSorted();
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(file, 'utf8'))]));
}

/** The path in a statement as Biome formats it, or in `import()`. */
const specifier = /(?:^(?:import|export|\}) .*from|^import|\bimport\() ?'(\.[^']+)'/gm;

const importsOf = (file: string, text: string) =>
  [...text.matchAll(specifier)]
    .map(([, path = '']) => posix.join(posix.dirname(file), path))
    .filter((path) => !path.startsWith('..')); // In the text of a program that a test writes elsewhere.

/** Groups of nodes that reach one another, each sorted. */
export function findLoops(graph: ReadonlyMap<string, Iterable<string>>): string[][] {
  const reachable = new Map([...graph.keys()].map((node) => [node, reachableFrom(graph, node)]));
  const inLoops = [...graph.keys()].filter((node) => reachable.get(node)?.has(node));
  const groups = Map.groupBy(inLoops, (node) =>
    inLoops
      .filter((other) => reachable.get(node)?.has(other) && reachable.get(other)?.has(node))
      .toSorted()
      .join(' '),
  );
  return [...groups.values()].map((group) => group.toSorted());
}

function reachableFrom(graph: ReadonlyMap<string, Iterable<string>>, start: string): Set<string> {
  const found = new Set<string>();
  const open = [...(graph.get(start) ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    open.push(...(graph.get(node) ?? []));
  }
  return found;
}

/**
 * Imports between folders side by side, by the folder that holds both. A file directly in that folder belongs to neither: it
 * puts the folders together, or is common ground of them.
 */
export function siblingImports(
  imports: readonly { file: string; target: string }[],
): Map<string, Map<string, Set<string>>> {
  const levels = new Map<string, Map<string, Set<string>>>();
  for (const { file, target } of imports) {
    const from = posix.dirname(file).split('/');
    const to = posix.dirname(target).split('/');
    const depth = from.findIndex((name, index) => name !== to[index]);
    const [importer, imported] = [from[depth], to[depth]];
    if (importer === undefined || imported === undefined) continue;
    const parent = from.slice(0, depth).join('/');
    const level = levels.get(parent) ?? new Map<string, Set<string>>();
    levels.set(parent, level.set(importer, (level.get(importer) ?? new Set()).add(imported)));
  }
  return levels;
}
