import { defineConfig } from 'vite';
import { firstFiles } from './build/first-files.ts';
import { prune } from './build/prune.ts';
import { trimStyles } from './build/trim-styles.ts';

const root = import.meta.dirname;

/** The folder of the page's programs and styles, whose names have a hash of their content. */
const assets = 'assets';

/** Names of shared files list all pages that use them. */
const shortName = (name: string): string => name.replace(/~.*|\.css$/, '');

export default defineConfig({
  root,
  plugins: [prune, trimStyles(root), firstFiles],
  // Messages of libraries for developers are left out.
  define: { 'process.env.NODE_ENV': JSON.stringify('production') },
  build: {
    target: 'es2024',
    assetsDir: assets,
    // A file of its own for everything: the page's policy allows no `data:` sources.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: {
      // Libraries say for which side their modules are, which means nothing here.
      checks: { moduleLevelDirective: false },
      output: {
        chunkFileNames: ({ name }) => `${assets}/${shortName(name)}-[hash].js`,
        assetFileNames: ({ names: [name = ''] }) => `${assets}/${shortName(name)}-[hash][extname]`,
        codeSplitting: {
          // Few files: each costs a round trip and a kilobyte of headers. Pages beyond the first have their own ones.
          groups: [
            { name: 'early', test: /console\/src\/early\.ts$/, priority: 3 },
            {
              name: 'libraries',
              test: /node_modules\/(?:react|react-dom|scheduler|react-router|@tanstack|zod)\//,
              priority: 2,
            },
            { name: 'first', test: /console\/src\/main\.tsx$/, priority: 1 },
            // Else its parts would be put together with those of other pages, and bring their libraries along.
            { name: 'sign-in', test: /console\/src\/pages\/sign-in\/page\.tsx$/, priority: 0.5 },
            { name: 'shared', minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 5_000 },
          ],
        },
      },
    },
  },
});
