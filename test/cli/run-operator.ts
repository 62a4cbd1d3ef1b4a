import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { runCommandLine } from '../../infra/cli/run.ts';

const script = fileURLToPath(new URL('../../infra/cli/main.ts', import.meta.url));

/** Starts the operators' command line. */
export function start(args: string[], variables: Record<string, string> = {}) {
  const { DST_BASE_URL, DST_API_KEY, DST_API_KEY_FILE, ...environment } = process.env;
  const env = { ...environment, AWS_EC2_METADATA_DISABLED: 'true', ...variables };
  const child = spawn(process.execPath, [script, ...args], { env });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
    ([output, errors, [code]]) => ({ code, output, errors }),
  );
  return { child, ended };
}

/** Runs a command to its end. */
export const runOperator = (args: string[], variables?: Record<string, string>) => start(args, variables).ended;

/** The same in this process, without a process's start. @param answer of the person at a terminal; there is none without it */
export async function runOperatorHere(args: string[], variables: Record<string, string>, answer?: boolean) {
  const [output, errors]: [string[], string[]] = [[], []];
  const screen = {
    live: false,
    print: (line: string) => void output.push(`${line}\n`),
    bars() {},
    style: (_: string, text: string) => text,
  };
  const ask = answer === undefined ? {} : { ask: async () => answer };
  const code = await runCommandLine(args, {
    screen,
    printError: (line) => errors.push(`${line}\n`),
    variables,
    ...ask,
  });
  return { code, output: output.join(''), errors: errors.join('') };
}
