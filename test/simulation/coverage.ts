import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

/** Code under shared/ that never ran. */
export interface Unreached {
  file: string;
  /** From 1. */
  line: number;
  /** The line's text. */
  text: string;
}

/** Watches which code runs from now on. @returns tells what of the files loaded by then never did */
export async function watchCoverage(): Promise<() => Promise<Unreached[]>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    session.disconnect();
    return result.flatMap(({ url, functions }) => {
      if (!url.includes('/shared/')) return [];
      const path = fileURLToPath(url);
      const file = path.slice(path.lastIndexOf('/shared/') + 1);
      // Types are blanked out, not removed: places in the code are places in the file.
      const source = readFileSync(path, 'utf8');
      const starts = functions.flatMap(({ ranges }) =>
        ranges.filter(({ count }) => count === 0).map(({ startOffset }) => startOffset),
      );
      const lines = new Set(starts.map((start) => source.slice(0, start).split('\n').length));
      const text = source.split('\n');
      return [...lines].sort((a, b) => a - b).map((line) => ({ file, line, text: text[line - 1]?.trim() ?? '' }));
    });
  };
}
