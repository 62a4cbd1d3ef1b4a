import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ResourceAccess } from '../constructs/rights.ts';

/** Access for starting executions. */
export function startExecution(scope: Construct): ResourceAccess {
  const arn = machineArn(scope);
  return {
    environment: { TRANSFER_STATE_MACHINE_ARN: arn },
    allows: [{ actions: ['states:StartExecution'], resources: [arn] }],
  };
}

/**
 * The state machine's ARN, built from its name: its tasks start the next transfer themselves, so a reference to the machine
 * would be a circular dependency.
 */
export function machineArn(scope: Construct): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: machineName(scope),
  });
}

/** Name of the state machine, derived from the stack's. */
export function machineName(scope: Construct): string {
  return `${Stack.of(scope).stackName}-transfer`;
}
