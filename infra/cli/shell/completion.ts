import { fileURLToPath } from 'node:url';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { shellWord } from '../command-line.ts';
import { jsonLine } from '../explain/safe-json.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { nodesOf } from './tree.ts';
import { zshCompletion } from './zsh.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const program = [process.execPath, main].map(shellWord).join(' ');
const shFunction = `operator() { ${program} "$@"; }`;

const scripts = {
  bash: (commands: readonly Command[]) => bashCompletion(nodesOf(commands), shFunction),
  zsh: (commands: readonly Command[]) => zshCompletion(nodesOf(commands), shFunction),
  fish: (commands: readonly Command[]) => fishCompletion(nodesOf(commands), `function operator; ${program} $argv; end`),
};

const isShell = (text: string): text is keyof typeof scripts => Object.hasOwn(scripts, text);

/** Prints a script that defines the shell function `operator` and its completion. */
export const completion: Command<Record<never, never>> = {
  name: 'completion',
  group: 'Shell',
  arguments: ['<shell>'],
  argumentChoices: Object.keys(scripts),
  options: {},
  summary: 'Print a script for bash, zsh or fish that defines the command operator, with completion',
  examples: ['completion bash'],
  async run({ screen, json, commands }, _values, shell = '') {
    if (!isShell(shell)) throw new InvalidInputError(`shell: must be one of ${Object.keys(scripts).join(', ')}`);
    const script = scripts[shell](commands);
    screen.print(json ? jsonLine({ shell, script }) : script);
    return 0;
  },
};
