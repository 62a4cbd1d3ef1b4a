import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeFileSync } from 'node:fs';

/**
 * Appends a value as a line of JSON to a file that only its owner can read. Removes a line before it that a full disk or a kill cut
 * off: it would spoil both for readers, and its call was not answered.
 */
export function appendLine(path: string, value: unknown): void {
  const file = openSync(path, 'a+', 0o600);
  try {
    const end = endOfLines(file);
    if (end < fstatSync(file).size) ftruncateSync(file, end);
    writeFileSync(file, `${JSON.stringify(value)}\n`);
  } finally {
    closeSync(file);
  }
}

/** Offset behind the last complete line. */
function endOfLines(file: number): number {
  const block = Buffer.alloc(4_096);
  let end = fstatSync(file).size;
  while (end > 0) {
    const start = Math.max(0, end - block.length);
    const length = readSync(file, block, 0, end - start, start);
    const newline = block.subarray(0, length).lastIndexOf('\n');
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}
