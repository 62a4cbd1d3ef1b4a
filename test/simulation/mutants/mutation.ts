import type { WorldName } from '../worlds.ts';

/** One thing done wrong in the code under shared/. */
export interface Mutation {
  /** The world that has to find it; the bridge's when absent. */
  world?: WorldName;
  name: string;
  /** Under shared/. */
  file: string;
  /** Occurs once. */
  from: string;
  to: string;
}

/** The code with the mutation in it. @throws Error when the code is not as the mutation expects it */
export function mutate(code: string, { name, from, to }: Mutation): string {
  const parts = code.split(from);
  if (parts.length !== 2) throw new Error(`${name}: the code has ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}
