import type { configuration } from '../shared/platform/configuration.ts';

/** A variable that functions know how to read. */
export type Variable = Parameters<typeof configuration>[0][number];

export type Environment = Partial<Record<Variable, string>>;

/**
 * What a function uses: the variables that tell it where something is, together with the rights to it. A function is given
 * both in one go, so it may touch nothing that it does not know of.
 */
export interface Use {
  readonly environment: Environment;
  readonly allows: readonly Allowance[];
}

/** IAM actions on resources (ARNs). */
export interface Allowance {
  readonly actions: string[];
  readonly resources: string[];
}

/** The same without rights, for code that is told of more than it touches. */
export function nameOnly({ environment }: Use): Use {
  return { environment, allows: [] };
}
