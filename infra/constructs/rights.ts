import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { configuration } from '../../shared/platform/configuration.ts';
import { acknowledgeNagFinding } from './nag.ts';

/** An environment variable that functions can read. */
export type Variable = Parameters<typeof configuration>[0][number];

export type Environment = Partial<Record<Variable, string>>;

/**
 * Access of a function to resources: the variables that name them, together with the rights. Every function gets the names of
 * all tables without rights; see `Platform.tableNames`.
 */
export interface ResourceAccess {
  readonly environment: Environment;
  readonly allows: readonly Statement[];
}

/** IAM actions on resources (ARNs), with conditions. */
export interface Statement {
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: Record<string, Record<string, string>>;
  /** Reason for a resource's wildcard, with the finding's name in cdk-nag. */
  readonly wildcard?: { readonly finding: string; readonly reason: string };
}

/** The variables alone, for code that reads them without using what they name. */
export const nameOnly = ({ environment }: ResourceAccess): ResourceAccess => ({ environment, allows: [] });

/** Grants statements to a role. */
export function allow(role: IRole, allowances: readonly Statement[]): void {
  for (const { wildcard, ...statement } of allowances) {
    role.addToPrincipalPolicy(new PolicyStatement(statement));
    if (wildcard) acknowledgeNagFinding(role, wildcard.finding, wildcard.reason);
  }
}
