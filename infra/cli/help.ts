import { type Command, Help, type HelpConfiguration, type Option } from 'commander';
import { invocation } from './command-line.ts';

/** Lists all commands at the top, also those of two words. */
function formatHelp(command: Command, helper: Help): string {
  const visibleCommands = (each: Command) => descendantsOf(each, helper.visibleCommands.bind(helper));
  return Help.prototype.formatHelp.call(helper, command, Object.assign(Object.create(helper), { visibleCommands }));
}

/** Commands below a node. A word such as `accounts`, with which several begin, is no command, and has no description. */
const descendantsOf = (command: Command, visible: (each: Command) => Command[]): Command[] =>
  visible(command).flatMap((each) => [...(each.description() ? [each] : []), ...descendantsOf(each, visible)]);

/** A command as the list of commands names it: all its words, and its arguments. */
function subcommandTerm(command: Command): string {
  const names = command.registeredArguments.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`));
  return [...wordsOf(command), ...names].join(' ');
}

/** Words of a command without the program's name. Commander gives its command `help` no parent. */
const wordsOf = (command: Command): string[] =>
  command.name() === invocation ? [] : [...(command.parent ? wordsOf(command.parent) : []), command.name()];

const optionDescription = ({ description, argChoices }: Option): string =>
  argChoices ? `${description}: ${argChoices.join(', ')}` : description;

export const helpConfiguration: HelpConfiguration = { formatHelp, optionDescription, subcommandTerm };

/** Remarks below the list of commands. */
export const notes = `
Variables:
  DST_BASE_URL, DST_API_KEY or DST_API_KEY_FILE name a portal and the centre's key, in place of the gateway's own.
  NO_COLOR turns colours off; they are used on terminals only.

The beginning of an id is enough if it is unique.

Exit codes:
  0  done
  1  not done, or something is not as it should be
  2  wrong usage or settings`;
