import { CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why a rule of cdk-nag does not hold for a resource.
 *
 * @param finding a rule, such as `AwsSolutions-S1`, or one of several findings of it, `AwsSolutions-IAM5[Resource::*]`
 */
export function acknowledgeNagFinding(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: finding, reason });
}

/** What cdk-nag calls the wildcard at the end of an ARN. @param after what follows the resource's own ARN */
export function wildcardAfter(resource: IConstruct, after: string): string {
  const { defaultChild } = resource.node;
  if (!CfnElement.isCfnElement(defaultChild)) throw new TypeError(`${resource.node.path} is none of CloudFormation`);
  return `AwsSolutions-IAM5[Resource::<${Stack.of(resource).getLogicalId(defaultChild)}.Arn>${after}]`;
}
