import type { Plugin } from 'vite';

/**
 * Modules of zod that make JSON Schema of schemas, which each schema refers to, and Cloudscape's own report of errors below its
 * `ErrorBoundary`, which each popover refers to. The page uses neither.
 */
const unused =
  /\/zod\/v4\/core\/(?:to-json-schema|json-schema-(?:processors|generator))\.js$|\/components\/error-boundary\/fallback\.js$/;

/** Removes code that never runs but that the bundler cannot detect: 25 kB of what a page loads. */
export const prune: Plugin = {
  name: 'prune',
  enforce: 'pre',
  apply: 'build',
  transform(code, id) {
    if (!unused.test(id)) return undefined;
    const names = [...code.matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)].map(([, name]) => name);
    return { code: names.map((name) => `export const ${name} = undefined;`).join('\n'), map: null };
  },
};
