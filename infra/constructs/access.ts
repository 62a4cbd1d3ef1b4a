import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { configuration } from '../../shared/platform/configuration.ts';
import { acknowledgeNagFinding } from './nag.ts';

/** A variable that functions know how to read. */
export type Variable = Parameters<typeof configuration>[0][number];

export type Environment = Partial<Record<Variable, string>>;

/**
 * What a function uses: the variables that name a resource, together with the rights to it. Names of tables are no rights, and
 * every function gets all of them: see `Platform.tableNames`.
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
