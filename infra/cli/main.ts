import { ask } from '../terminal/ask.ts';
import { whenReaderIsGone } from '../terminal/reader-gone.ts';
import { openScreen } from '../terminal/screen.ts';
import { runCommandLine } from './run.ts';

// `npm run operator -- <command> …`.

let isEnding = false;
whenReaderIsGone(() => {
  // A decision goes on to its end, which the exit code tells.
  if (isEnding || process.argv.includes('--yes')) return;
  isEnding = true;
  // A command that runs until Ctrl-C has a session to end.
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit();
});
process.exitCode = await runCommandLine(process.argv.slice(2), {
  screen: openScreen(process.stdout),
  printError: (text) => process.stderr.write(`${text}\n`),
  variables: process.env,
  ...(process.stdin.isTTY && process.stdout.isTTY ? { ask } : {}),
});
