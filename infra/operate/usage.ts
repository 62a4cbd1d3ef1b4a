import { parseArgs } from 'node:util';
import { InvalidInputError } from '../../shared/platform/errors.ts';
import type { Command, Option } from './command.ts';

/** The options that every command has. */
const common = {
  stack: {
    type: 'string',
    value: 'NAME',
    summary: 'the gateway on AWS by its CloudFormation stack; default dst-gateway',
  },
  'data-dir': { type: 'string', value: 'DIR', summary: 'the gateway that runs on this machine with its state in DIR' },
  help: { type: 'boolean', summary: 'shows this' },
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
 * @returns nothing when help is asked for
 * @throws InvalidInputError for wrong usage
 */
export function readOrder(commands: Record<string, Command>, args: readonly string[]): Order | undefined {
  const { values, positionals } = parse(commands, args);
  // Some have names of two words.
  const words = Object.hasOwn(commands, positionals.slice(0, 2).join(' ')) ? 2 : 1;
  const [name, given] = [positionals.slice(0, words).join(' ') || undefined, positionals.slice(words)];
  if (values.help) return undefined;
  if (name === undefined) throw new InvalidInputError(`A command is missing\n\n${helpOf(commands)}`);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new InvalidInputError(`There is no command ${name}\n\n${helpOf(commands)}`);
  const foreign = Object.keys(values).find((option) => !Object.hasOwn({ ...common, ...command.options }, option));
  if (foreign !== undefined) throw new InvalidInputError(`${name} has no option --${foreign}. ${usage(name, command)}`);
  const missing = Object.entries(command.options).some(([option, { required }]) => required && !values[option]);
  const needed = command.arguments.filter((argument) => !argument.endsWith('?')).length;
  if (missing || given.length < needed || given.length > command.arguments.length) {
    throw new InvalidInputError(usage(name, command));
  }
  return { command, values, given };
}

/** Which command it is decides which options it may have, and an option may stand before it: all are read, then checked. */
function parse(commands: Record<string, Command>, args: readonly string[]) {
  const options = Object.assign({}, common, ...Object.values(commands).map((command) => command.options));
  const types = Object.entries<Option>(options).map(([name, { type }]) => [name, { type }] as const);
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(types),
    });
    return { values: values as Order['values'], positionals };
  } catch (cause) {
    throw new InvalidInputError(cause instanceof Error ? cause.message : 'wrong arguments', { cause });
  }
}

const usage = (name: string, command: Command) => `Usage: ${callOf(name, command)}`;

function callOf(name: string, command: Command): string {
  const options = Object.entries(command.options).map(([option, each]) =>
    each.required ? flag(option, each) : `[${flag(option, each)}]`,
  );
  const names = command.arguments.map((each) => (each.endsWith('?') ? `[${each.slice(0, -1)}]` : `<${each}>`));
  return [name, ...options, ...names].join(' ');
}

const flag = (name: string, { value }: Option) => (value ? `--${name} ${value}` : `--${name}`);

/** What there is, as text. */
export function helpOf(commands: Record<string, Command>): string {
  const described = (options: Record<string, Option>, indent: string) =>
    Object.entries(options).map(([name, option]) => `${indent}${flag(name, option).padEnd(16)}  ${option.summary}`);
  const all = Object.entries(commands).flatMap(([name, command]) => [
    `  ${callOf(name, command)}`,
    `      ${command.summary}`,
    ...described(command.options, '      '),
    '',
  ]);
  return `npm run operator -- COMMAND …

${all.join('\n')}
With every command:
${described(common, '  ').join('\n')}

  DST_BASE_URL, DST_API_KEY or DST_API_KEY_FILE
                    the portal and the centre's key for it, in place of the gateway's own
`;
}
