import type { Plugin } from 'vite';

/** Modules of zod that make JSON Schema of schemas, which the page never does. Each schema refers to them. */
const jsonSchema = /\/zod\/v4\/core\/(?:to-json-schema|json-schema-(?:processors|generator))\.js$/;

/** Removes code that never runs but that the bundler cannot detect: 10 kB of what a page loads. */
export const prune: Plugin = {
  name: 'prune',
  enforce: 'pre',
  apply: 'build',
  transform(code, id) {
    if (!jsonSchema.test(id)) return undefined;
    const names = [...code.matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)].map(([, name]) => name);
    return { code: names.map((name) => `export const ${name} = undefined;`).join('\n'), map: null };
  },
};
