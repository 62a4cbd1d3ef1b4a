import { ask } from '../terminal/ask.ts';
import { whenReaderIsGone } from '../terminal/reader-gone.ts';
import { openScreen } from '../terminal/screen.ts';
import { runCommandLine } from './run.ts';

// `npm run operator -- <command> …`.

whenReaderIsGone(() => process.exit());
process.exitCode = await runCommandLine(process.argv.slice(2), {
  screen: openScreen(process.stdout),
  printError: (text) => process.stderr.write(`${text}\n`),
  variables: process.env,
  ...(process.stdin.isTTY && process.stdout.isTTY ? { ask } : {}),
});
