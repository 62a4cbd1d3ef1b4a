import type { Command, Option } from '../command.ts';
import { commonOptions, helpOption } from '../common-options.ts';

/** Words that may follow a command, or the program itself. */
export interface Node {
  /** All words of the command; empty for the program. */
  name: string;
  subcommands: readonly { word: string; summary: string }[];
  /** Words that the first argument may be. */
  argumentChoices: readonly string[];
  /** Whether the first argument is a file of this machine. */
  takesFile: boolean;
  options: readonly { flag: string; summary: string; takesValue: boolean; choices: readonly string[] }[];
}

/** The program and its commands, each with the words that may follow. */
export function nodesOf(commands: readonly Command[]): Node[] {
  return [nodeOf('', commands), ...commands.map((command) => nodeOf(command.name, commands, command))];
}

function nodeOf(name: string, commands: readonly Command[], command?: Command): Node {
  const prefix = name === '' ? '' : `${name} `;
  const below = commands.filter((each) => each.name.startsWith(prefix) && each.name !== name);
  // A word stands for the command of that name, or for several commands of two words.
  const words = new Map<string, string>();
  for (const each of below) {
    const [word = '', ...rest] = each.name.slice(prefix.length).split(' ');
    if (rest.length === 0 || !words.has(word)) words.set(word, each.summary);
  }
  const options: Option[] = [...Object.values(command?.options ?? {}), ...Object.values(commonOptions), helpOption];
  return {
    name,
    subcommands: [...words].map(([word, summary]) => ({ word, summary })),
    argumentChoices: command?.argumentChoices ?? [],
    takesFile: command?.arguments[0] === '<file>',
    options: options.map(({ flags, summary, choices = [] }) => {
      const [flag = '', value] = flags.split(' ');
      return { flag, summary, takesValue: value !== undefined, choices };
    }),
  };
}
