import {
  Command as CommanderCommand,
  type CommanderError,
  Option as CommanderOption,
  InvalidArgumentError,
} from 'commander';
import { InvalidInputError } from '../../shared/platform/errors.ts';
import { printable } from '../terminal/render.ts';
import { type Command, groups, type Options } from './command.ts';
import { invocation } from './command-line.ts';
import * as commands from './commands.ts';
import { commonOptions, helpOption } from './common-options.ts';
import { helpConfiguration, notes } from './help.ts';

/** All commands, in the order of the help. */
export const allCommands: readonly Command[] = Object.values<Command>(commands).toSorted(
  (one, other) => groups.indexOf(one.group) - groups.indexOf(other.group) || (one.name < other.name ? -1 : 1),
);

/** A parsed command line. */
export interface ParsedCommand {
  command: Command;
  values: Record<string, string | boolean>;
  given: string[];
}

/** Appearance of the help. */
interface HelpStyle {
  /** Characters of a line. */
  width?: number;
  bold?: (text: string) => string;
}

/**
 * Parses a command line.
 *
 * @returns the help if the command line asks for it
 * @throws InvalidInputError for wrong usage
 */
export function readCommandLine(args: readonly string[], style: HelpStyle = {}): ParsedCommand | { help: string } {
  let found: ParsedCommand | { help: string } | undefined;
  const program = createProgram(args, style, (invocation) => {
    found = invocation;
  });
  let help = '';
  program.configureOutput({ ...output(style), writeOut: (text) => (help += text) });
  for (const command of descendants(program)) command.configureOutput(program.configureOutput());
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof HelpShown)) throw error;
    found = { help: help.trimEnd() };
  }
  if (!found) throw new InvalidInputError('A command is missing');
  return found;
}

const output = ({ width = 110, bold }: HelpStyle) => ({
  writeErr: () => {},
  outputError: () => {},
  getOutHelpWidth: () => width,
  getOutHasColors: () => bold !== undefined,
});

class HelpShown extends Error {}

/** All commands below a command, depth first. */
const descendants = (command: CommanderCommand): CommanderCommand[] =>
  command.commands.flatMap((each) => [each, ...descendants(each)]);

/** The tree of commands, as commander has it. @param onCommand receives the parsed command line */
function createProgram(
  args: readonly string[] = [],
  { bold = (text) => text }: HelpStyle = {},
  onCommand: (invocation: ParsedCommand) => void = () => {},
): CommanderCommand {
  const program = new CommanderCommand(invocation);
  program.configureHelp({ ...helpConfiguration, styleTitle: bold });
  program.usage('<command> [options]').description('Operate a DST Gateway.').addHelpText('after', notes);
  program.helpOption(helpOption.flags, helpOption.summary);
  program.addHelpCommand(
    new CommanderCommand('help').argument('[command]').description('Show the help of a command').helpGroup('Shell:'),
  );
  // An option after a command is the command's, also if a command before it has one of that name.
  program.enablePositionalOptions();
  addOptions(program, commonOptions, args);
  reportErrors(program);
  for (const command of allCommands) {
    const node = nodeOf(program, command.name.split(' '));
    for (const argument of command.arguments) node.argument(argument);
    node.usage(usageOf(command)).description(command.summary).helpGroup(`${command.group}:`);
    const examples = command.examples.map((example) => `  ${invocation} ${example}`);
    node.addHelpText('after', `\n${bold('Examples:')}\n${examples.join('\n')}`);
    addOptions(node, command.options, args);
    addOptions(node, commonOptions, args, 'Options of every command:');
    node.action(() => onCommand(invocationOf(node, command)));
  }
  // A word such as `accounts`, with which several commands begin, takes these too, so that `accounts --json` is no unknown option.
  for (const group of descendants(program)) if (group.options.length === 0) addOptions(group, commonOptions, args);
  return program;
}

/** The node of a command's words; makes those that are missing. */
function nodeOf(parent: CommanderCommand, [word = '', ...rest]: readonly string[]): CommanderCommand {
  const known = parent.commands.find((each) => each.name() === word);
  const node = known ?? parent.command(word).helpCommand(false);
  if (!known) reportErrors(node);
  return rest.length === 0 ? node : nodeOf(node, rest);
}

function addOptions(node: CommanderCommand, options: Options, args: readonly string[], group = 'Options:'): void {
  for (const { flags, summary, choices } of Object.values(options)) {
    const option = new CommanderOption(flags, summary).helpGroup(group);
    if (choices) option.choices(choices);
    if (!option.isBoolean()) option.argParser((value, previous) => checkValue(option, value, previous, args));
    node.addOption(option);
  }
}

/** Refuses a value given twice, an empty one, one that is none of the choices, and an option in place of a value. */
function checkValue(option: CommanderOption, value: string, previous: unknown, args: readonly string[]): string {
  if (previous !== undefined) throw new InvalidArgumentError('The option is given twice.');
  const isOption = value.startsWith('--') && !args.includes(`${option.long}=${value}`);
  if (value === '' || isOption) throw new InvalidArgumentError(`The option needs a value: ${option.description}.`);
  if (option.argChoices && !option.argChoices.includes(value)) {
    throw new InvalidArgumentError(`The value must be one of ${option.argChoices.join(', ')}.`);
  }
  return value;
}

const usageOf = ({ options, arguments: names }: Command): string => {
  const required = Object.values(options).flatMap((option) => (option.required ? [option.flags] : []));
  return [...required, '[options]', ...names].join(' ');
};

/** Makes commander throw in place of ending the process. */
function reportErrors(node: CommanderCommand): void {
  node.exitOverride((error) => {
    if (error.exitCode === 0) throw new HelpShown();
    throw wrongUsage(node, textOf(node, error));
  });
}

const wrongUsage = (node: CommanderCommand, problem: string) =>
  new InvalidInputError(`${problem}\nUsage: ${pathOf(node)} ${node.usage()}\nHelp: ${pathOf(node)} --help`);

function textOf(node: CommanderCommand, error: CommanderError): string {
  if (error.code === 'commander.help') {
    const [, wanted] = node.args;
    return wanted === undefined ? 'A command is missing' : `unknown command '${printable(wanted)}'`;
  }
  const text = printable(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
  const isMisspelt = error.code === 'commander.excessArguments' && node.commands.length > 0;
  const known = node.commands.map((each) => each.name()).join(', ');
  return isMisspelt ? `${text} (commands of ${node.name()}: ${known})` : text;
}

const pathOf = (node: CommanderCommand): string =>
  node.parent ? `${pathOf(node.parent)} ${node.name()}` : node.name();

/** @throws InvalidInputError if a required option is missing, or an option stands before a command that is not its own */
function invocationOf(node: CommanderCommand, command: Command): ParsedCommand {
  const before = ancestorsOf(node).map((each): ParsedCommand['values'] => each.opts());
  const values: ParsedCommand['values'] = Object.assign({}, ...before, node.opts());
  for (const name of before.flatMap((each) => Object.keys(each))) {
    if (!Object.hasOwn(commonOptions, name)) {
      throw wrongUsage(node, `Options of ${command.name} stand after its name, not before: ${name}`);
    }
    if (name in node.opts()) throw wrongUsage(node, `The option ${name} is given twice.`);
  }
  const missing = Object.entries(command.options).find(([name, { required }]) => required && !(name in values));
  if (missing) throw wrongUsage(node, `required option '${missing[1].flags}' not specified: ${missing[1].summary}`);
  if (values.stack !== undefined && values.dataDir !== undefined) {
    throw new InvalidInputError('--stack names a gateway on AWS, --data-dir one on this machine: give one of them');
  }
  return { command, values, given: node.args };
}

const ancestorsOf = ({ parent }: CommanderCommand): CommanderCommand[] =>
  parent ? [...ancestorsOf(parent), parent] : [];
