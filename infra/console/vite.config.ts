import { defineConfig } from 'vite';

/** The folder of the page's programs and styles, whose names have a hash of their content. */
const assets = 'assets';

export default defineConfig({
  root: import.meta.dirname,
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
    // Libraries say for which side their modules are, which means nothing here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
