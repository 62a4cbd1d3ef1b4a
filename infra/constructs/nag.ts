import { CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges a finding of cdk-nag on a resource, with the reason.
 *
 * @param finding a rule, such as `AwsSolutions-S1`, or one of its findings, such as `AwsSolutions-IAM5[Resource::*]`
 */
export function acknowledgeNagFinding(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: finding, reason });
}

/** Name in cdk-nag of a wildcard at the end of an ARN. @param after suffix of the resource's own ARN */
export function wildcardAfter(resource: IConstruct, after: string): string {
  const { defaultChild } = resource.node;
  if (!CfnElement.isCfnElement(defaultChild))
    throw new TypeError(`${resource.node.path} has no CloudFormation resource`);
  return `AwsSolutions-IAM5[Resource::<${Stack.of(resource).getLogicalId(defaultChild)}.Arn>${after}]`;
}
