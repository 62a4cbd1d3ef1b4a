import { createInterface } from 'node:readline/promises';
import { whenReaderIsGone } from '../terminal/reader-gone.ts';
import { openScreen } from '../terminal/screen.ts';
import { runCommandLine } from './run.ts';

// `npm run operator -- <command> …`.

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

whenReaderIsGone(() => process.exit());
process.exitCode = await runCommandLine(process.argv.slice(2), {
  screen: openScreen(process.stdout),
  printError: (text) => process.stderr.write(`${text}\n`),
  variables: process.env,
  ...(process.stdin.isTTY && process.stdout.isTTY ? { ask } : {}),
});
