import type { HtmlTagDescriptor, Plugin } from 'vite';

/** Has the document start `src/early.ts` at once, beside the load of all other files. */
export const firstFiles: Plugin = {
  name: 'first-files',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(_html, { bundle = {} }): HtmlTagDescriptor[] {
      const early = Object.values(bundle).find(
        (file) => file.type === 'chunk' && file.moduleIds.some((id) => id.endsWith('/src/early.ts')),
      );
      if (!early) throw new TypeError('The page has no program that starts early');
      const attributes = { type: 'module', async: true, src: `/${early.fileName}` };
      return [{ tag: 'script', attrs: attributes, injectTo: 'head-prepend' }];
    },
  },
};
