import type { PortalAccess } from './portal-variables.ts';

/** What commands may ask for; each is found only when a command needs it. */
export interface Operation {
  portal(): Promise<PortalAccess>;
}

/** One command of the operators' command line. */
export interface Command {
  /** Names of its arguments, all of them needed. */
  arguments: readonly string[];
  /** What it does, in a line. */
  summary: string;
  /**
   * @param values one for each of its arguments
   * @returns what to print
   */
  run(operation: Operation, ...values: string[]): Promise<string>;
}
