import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { drawLines } from './draw-lines.ts';
import { Terminal } from './terminal.ts';

/**
 * Records a day of `npm start` on a terminal and draws it as the README's picture: a moment with transfers under way, and the
 * end. Takes `script` (util-linux) for the terminal.
 */
const root = join(import.meta.dirname, '..', '..');
const columns = 100;
const linesOfMoment = 18;

const program = `stty cols ${columns} rows 40; exec node infra/local/start.ts`;
const child = spawn('script', ['--quiet', '--return', '--command', program, '/dev/null'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve) => child.on('close', resolve));
const output = await text(child.stdout);
if ((await ended) !== 0) throw new Error(`npm start failed:\n${output}`);

let moment: readonly string[] = [];
let most = 0;
const terminal = new Terminal((lines) => {
  const moved = progressOf(lines);
  if (moved <= most) return;
  most = moved;
  moment = lines.slice(-linesOfMoment);
});
terminal.write(output);
const end = terminal.lines.findIndex((line) => line.startsWith('Files  '));
const shown = ['$ npm start', '…', ...moment, '…', ...terminal.lines.slice(end, -1)];
writeFileSync(join(root, '.github', 'day.svg'), drawLines('A day of npm start', shown.map(withoutDirectory), columns));

/** How much of the files under way is moved, in percent, added up: a moment with two half-moved files shows most. */
function progressOf(lines: readonly string[]): number {
  const shares = lines.slice(-10).flatMap((line) => /^[↓↑] .* (\d+) % /.exec(line)?.[1] ?? []);
  return shares.map(Number).reduce((sum, share) => sum + (share < 100 ? share : 0), 0);
}

/** A line without the name of the directory for the run's state. */
function withoutDirectory(line: string): string {
  return line.replace(/ --data-dir \S+/, '');
}
