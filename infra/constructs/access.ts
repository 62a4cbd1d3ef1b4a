import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { configuration } from '../../shared/platform/configuration.ts';
import { acknowledgeNagFinding } from './nag.ts';

/** A variable that functions know how to read. */
export type Variable = Parameters<typeof configuration>[0][number];

export type Environment = Partial<Record<Variable, string>>;

/**
 * What a function uses: the variables that tell it where something is, together with the rights to it. A function is given
 * both in one go, so it may touch nothing that it does not know of.
 */
export interface Access {
  readonly environment: Environment;
  readonly allows: readonly Statement[];
}

/** IAM actions on resources (ARNs), under conditions. */
export interface Statement {
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: Record<string, Record<string, string>>;
  /** Why a resource has a wildcard, by what cdk-nag calls that. */
  readonly wildcard?: { readonly finding: string; readonly reason: string };
}

/** Allows a role what its uses take. */
export function allow(role: IRole, allowances: readonly Statement[]): void {
  for (const { wildcard, ...statement } of allowances) {
    role.addToPrincipalPolicy(new PolicyStatement(statement));
    if (wildcard) acknowledgeNagFinding(role, wildcard.finding, wildcard.reason);
  }
}

/** The same without rights, for code that is told of more than it touches. */
export function nameOnly({ environment }: Access): Access {
  return { environment, allows: [] };
}
