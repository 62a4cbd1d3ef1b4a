import { build, type Plugin, type Rolldown } from 'vite';

/** A declaration of a custom property. One with quotes or braces in its value is left alone. */
const declaration = /(?<=[{;]\s*)(--[\w-]+)\s*:([^;{}"']*)(?:;|(?=\}))/g;

/**
 * Removes custom properties that nothing refers to from the styles of libraries: Cloudscape declares a thousand, for all of its
 * components and in each of its contexts. A build without this plugin shows which ones are in use. The styles are changed before
 * they get their names, which have a hash of the content.
 *
 * @param root folder of the page
 */
export function trimStyles(root: string): Plugin {
  let used: ReadonlySet<string> = new Set();
  return {
    name: 'trim-styles',
    enforce: 'pre',
    apply: 'build',
    async buildStart() {
      used = await usedProperties(root);
    },
    transform(code, id) {
      if (!/node_modules.*\.css$/.test(id)) return undefined;
      return { code: code.replace(declaration, (all, name) => (used.has(name) ? all : '')), map: null };
    },
  };
}

/** Names of the custom properties that the whole page uses. */
async function usedProperties(root: string): Promise<ReadonlySet<string>> {
  const built = await build({ configFile: false, root, logLevel: 'silent', build: { write: false } });
  const texts = (built as Rolldown.RolldownOutput).output.map((file) => ({
    isStyle: file.fileName.endsWith('.css'),
    text: file.type === 'chunk' ? file.code : String(file.source),
  }));
  return propertiesInUse(
    texts.filter(({ isStyle }) => isStyle).map(({ text }) => text),
    texts.filter(({ isStyle }) => !isStyle).map(({ text }) => text),
  );
}

/**
 * The custom properties that rules of styles or programs name, and those that their values name in turn.
 *
 * @param styles texts in CSS
 * @param programs texts that may name properties in any way
 */
export function propertiesInUse(styles: readonly string[], programs: readonly string[]): ReadonlySet<string> {
  const references = new Map<string, string[]>();
  const used = new Set(programs.flatMap((program) => program.match(/--[a-zA-Z][\w-]*/g) ?? []));
  for (const style of styles) {
    const rules = style.replace(declaration, (_all, name, value) => {
      references.set(name, [...(references.get(name) ?? []), ...namesIn(value)]);
      return '';
    });
    for (const name of namesIn(rules)) used.add(name);
  }
  // A set also iterates over what is added meanwhile.
  for (const name of used) for (const reference of references.get(name) ?? []) used.add(reference);
  return used;
}

const namesIn = (style: string): string[] => [...style.matchAll(/var\(\s*(--[\w-]+)/g)].map(([, name = '']) => name);
