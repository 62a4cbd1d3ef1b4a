import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/emulator/*.check.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
