import type { Screen } from '../terminal/screen.ts';
import type { FoundPortal } from './target/find-portal.ts';
import type { Target } from './target/find-stack.ts';
import type { Gateway } from './target/gateway.ts';

/** What commands may ask for; each is found only when a command needs it. */
export interface Operation {
  where: Target;
  screen: Screen;
  /** Asks a person, on a terminal; there is none elsewhere. */
  ask?: (question: string) => Promise<boolean>;
  portal(): Promise<FoundPortal>;
  gateway(): Promise<Gateway>;
}

/** An option of the command line. */
export interface Option {
  type: 'string' | 'boolean';
  /** What stands for its value in the help. */
  value?: string;
  required?: true;
  /** What it does, in a line. */
  summary: string;
}

type Options = Record<string, Option>;

type Value<Type extends Option['type']> = Type extends 'boolean' ? boolean : string;
/** What was given for options that are declared so. */
export type Values<Declared extends Options> = {
  [name in keyof Declared as Declared[name] extends { required: true } ? name : never]: Value<Declared[name]['type']>;
} & {
  [name in keyof Declared as Declared[name] extends { required: true } ? never : name]?: Value<Declared[name]['type']>;
};

/** One command of the operators' command line. */
export interface Command<Declared extends Options = Options> {
  /** Names of its arguments; those that end in `?` may be left out. */
  arguments: readonly string[];
  /** Beside those that every command has. An option means the same wherever it is. */
  options: Declared;
  /** What it does, in a line. */
  summary: string;
  /** Command lines that show how it is used, from the command's first word on; each is tried by a test. */
  examples: readonly string[];
  /**
   * @param values the options that were given
   * @param given one for each argument, in order
   * @returns the exit code: 0, or 1 when what it looked at is not as it should be
   * @throws InvalidInputError for wrong usage
   */
  run(operation: Operation, values: Values<Declared>, ...given: string[]): Promise<0 | 1>;
}
