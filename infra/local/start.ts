import { ConfigurationError, describeError, GatewayError } from '../../shared/platform/errors.ts';
import { whenReaderIsGone } from '../terminal/reader-gone.ts';
import { printableLines } from '../terminal/render.ts';
import { openScreen } from '../terminal/screen.ts';
import { untilStopped } from '../terminal/stop.ts';
import { help, readOptions, type StartOptions } from './start/options.ts';
import { run } from './start/run.ts';

// `npm start`. Exit codes: 0 all well or stopped, 1 something went wrong, 2 wrong options or settings, 3 what is left
// needs a person.

// No other user may read files of the gateway.
process.umask(0o077);
whenReaderIsGone(() => {}); // The gateway continues without a reader of its output.

async function main(): Promise<number> {
  let options: StartOptions | undefined;
  try {
    options = readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    process.stderr.write(`${error.message}\nnpm start -- --help tells what is possible.\n`);
    return 2;
  }
  if (!options) {
    process.stdout.write(help);
    return 0;
  }
  using stop = untilStopped();
  try {
    const { problems, needsPerson } = await run(options, openScreen(process.stdout), stop.signal);
    for (const problem of problems) process.stderr.write(`Not as expected: ${printableLines(problem)}\n`);
    return problems.length > 0 ? 1 : needsPerson ? 3 : 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    const text = error instanceof GatewayError ? error.message : describeError(error, 2_000);
    process.stderr.write(`${printableLines(text)}\n`);
    return error instanceof ConfigurationError ? 2 : 1;
  }
}

process.exitCode = await main();
