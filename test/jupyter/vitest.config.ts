import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/jupyter/*.check.ts'],
    globalSetup: 'test/support/directory.ts',
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
