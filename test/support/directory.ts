import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where tests keep files until all have ended. */
    directory: string;
  }
}

/** Makes a directory for a test run. @returns removes it, after the last worker */
export default function setup(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'dst-gateway-tests-'));
  project.provide('directory', directory);
  return () => rmSync(directory, { recursive: true, force: true });
}
