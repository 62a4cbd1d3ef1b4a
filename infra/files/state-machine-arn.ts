import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Access } from '../constructs/access.ts';

/** Starting executions. */
export function startExecution(scope: Construct): Access {
  const arn = machineArn(scope);
  return {
    environment: { TRANSFER_STATE_MACHINE_ARN: arn },
    allows: [{ actions: ['states:StartExecution'], resources: [arn] }],
  };
}

/**
 * The state machine's ARN, made from its name: its tasks start the next transfer themselves, and a reference to the machine
 * would make CloudFormation wait in a circle.
 */
export function machineArn(scope: Construct): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: machineName(scope),
  });
}

/** By stack, as whatever has a name of its own. */
export function machineName(scope: Construct): string {
  return `${Stack.of(scope).stackName}-transfer`;
}
