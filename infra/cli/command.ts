import type { Screen } from '../terminal/screen.ts';
import type { FoundPortal } from './target/find-portal.ts';
import type { Target } from './target/find-stack.ts';
import type { OperatedGateway } from './target/gateway.ts';

/** Surroundings of a command that runs. Portal and gateway are looked up only when a command asks for them. */
export interface Operation {
  where: Target;
  screen: Screen;
  /** Whether to print JSON for programs (`--json`) in place of text for people. */
  json: boolean;
  /** All commands, for those about the command line itself. */
  commands: readonly Command[];
  /** Asks the person at the terminal; absent without a terminal, and with `--json`. */
  ask?: (question: string) => Promise<boolean>;
  portal(): Promise<FoundPortal>;
  gateway(): Promise<OperatedGateway>;
}

/** An option of the command line, keyed by its name in camel case. */
export interface Option {
  /** `--name`, or `--name <VALUE>` when it takes a value. */
  flags: `--${string}`;
  required?: true;
  /** The only values that are allowed. */
  choices?: readonly string[];
  /** Effect of the option, in a line. */
  summary: string;
}

export type Options = Record<string, Option>;

type Value<Declared extends Option> = Declared extends { choices: readonly (infer Choice)[] }
  ? Choice
  : `--${string}` extends Declared['flags']
    ? string | boolean
    : Declared['flags'] extends `${string} <${string}>`
      ? string
      : boolean;

/** Values of the given options, typed by the declarations. */
export type Values<Declared extends Options> = {
  [name in keyof Declared as Declared[name] extends { required: true } ? name : never]: Value<Declared[name]>;
} & {
  [name in keyof Declared as Declared[name] extends { required: true } ? never : name]?: Value<Declared[name]>;
};

/** Headings of the help, in its order. */
export const groups = ['Look', 'Decide', 'Files', 'Accounts', 'Gateway', 'Shell'] as const;

/** One command of the operators' command line. */
export interface Command<Declared extends Options = Options> {
  /** One or two words: `messages`, `messages requeue`. */
  name: string;
  group: (typeof groups)[number];
  /** Arguments as help shows them: `<required>` or `[optional]`. */
  arguments: readonly (`<${string}>` | `[${string}]`)[];
  /** Options beside those of every command. A name has one meaning in all commands. */
  options: Declared;
  /** Effect of the command, in a line that begins with a verb. */
  summary: string;
  /** Command lines from the command's first word on; a test parses each. */
  examples: readonly string[];
  /** For `completion`: words that the first argument may be. */
  argumentChoices?: readonly string[];
  /**
   * @param values the given options
   * @param given the given arguments, in order
   * @returns the exit code: 0, or 1 when the command found something wrong
   * @throws InvalidInputError for wrong usage
   */
  run(operation: Operation, values: Values<Declared>, ...given: string[]): Promise<0 | 1>;
}
