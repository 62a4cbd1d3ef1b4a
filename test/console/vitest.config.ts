import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/console/*.check.ts'],
    globalSetup: 'test/support/directory.ts',
    // Each file has a gateway and a browser of its own, and waits for them most of its time.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
