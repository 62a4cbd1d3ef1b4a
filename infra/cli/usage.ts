import { parseArgs } from 'node:util';
import { InvalidInputError } from '../../shared/platform/errors.ts';
import { printable } from '../terminal/render.ts';
import type { Command, Option } from './command.ts';
import { usualStack } from './command-line.ts';
import { helpOf, helpOfCommand, optionList, usage } from './help.ts';

/** The options that every command has. */
const common = {
  stack: {
    type: 'string',
    value: 'NAME',
    summary: `the gateway on AWS by its CloudFormation stack; default ${usualStack}`,
  },
  'data-dir': { type: 'string', value: 'DIR', summary: 'the gateway that runs on this machine with its state in DIR' },
  help: { type: 'boolean', summary: 'shows this; after a command, its options and examples' },
} as const satisfies Record<string, Option>;

/** A command line that was read. */
export interface Order {
  command: Command;
  values: Record<string, string | boolean>;
  given: string[];
}

/**
 * Reads a command line.
 *
 * @returns the help when it asks for that
 * @throws InvalidInputError for wrong usage
 */
export function readOrder(commands: Record<string, Command>, args: readonly string[]): Order | { help: string } {
  const options: Record<string, Option> = Object.assign({}, common, ...Object.values(commands).map(optionsOf));
  const { tokens, positionals } = parse(options, args);
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token] : []));
  const asksForHelp = given.some(({ name }) => name === 'help');
  // Some have names of two words.
  const words = Object.hasOwn(commands, positionals.slice(0, 2).join(' ')) ? 2 : 1;
  const name = positionals.slice(0, words).join(' ');
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (asksForHelp) return { help: command ? helpOfCommand(name, command, common) : helpOf(commands, common) };
  if (!command) {
    const problem = name === '' ? 'A command is missing' : `There is no command ${printable(name)}`;
    throw new InvalidInputError(`${problem}\n\n${helpOf(commands, common)}`);
  }
  const values = readValues(name, command, given);
  const rest = positionals.slice(words);
  const missing = Object.entries(command.options).some(([option, { required }]) => required && !values[option]);
  const needed = command.arguments.filter((argument) => !argument.endsWith('?')).length;
  if (missing || rest.length < needed || rest.length > command.arguments.length) {
    throw new InvalidInputError(usage(name, command));
  }
  return { command, values, given: rest };
}

const optionsOf = (command: Command) => command.options;

interface Given {
  name: string;
  /** As typed, with its dashes. */
  rawName: string;
  value: string | undefined;
  /** Whether it came after an equals sign. */
  inlineValue: boolean | undefined;
}

/** Which command it is decides which options it may have, and an option may stand before it: all are read, then checked. */
function parse(options: Record<string, Option>, args: readonly string[]) {
  const types = Object.entries(options).map(([name, { type }]) => [name, { type }] as const);
  const { tokens, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: Object.fromEntries(types),
  });
  return { tokens, positionals };
}

/** @throws InvalidInputError naming the option that the command does not have, that lacks its value, or that contradicts another */
function readValues(name: string, command: Command, given: readonly Given[]): Order['values'] {
  const options: Record<string, Option> = { ...common, ...command.options };
  const values: Order['values'] = {};
  for (const { name: option, rawName, value, inlineValue } of given) {
    const known = rawName.startsWith('--') && Object.hasOwn(options, option) ? options[option] : undefined;
    if (!known) {
      throw new InvalidInputError(
        `${name} has no option ${printable(rawName)}. It takes ${optionList(options)}\n${usage(name, command)}`,
      );
    }
    if (Object.hasOwn(values, option)) throw new InvalidInputError(`--${option} is given twice`);
    if (known.type === 'string' && (value === undefined || value === '' || (value.startsWith('--') && !inlineValue))) {
      throw new InvalidInputError(`--${option} needs a value: ${known.summary}`);
    }
    if (known.type === 'boolean' && value !== undefined) throw new InvalidInputError(`--${option} takes no value`);
    values[option] = value ?? true;
  }
  if (values.stack !== undefined && values['data-dir'] !== undefined) {
    throw new InvalidInputError('--stack names a gateway on AWS, --data-dir one on this machine: give one of them');
  }
  return values;
}
