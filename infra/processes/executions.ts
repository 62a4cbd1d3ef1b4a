import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ResourceAccess } from '../constructs/rights.ts';

/** Name of the state machine that does the work of processes. */
export const processMachineName = (scope: Construct): string => `${Stack.of(scope).stackName}-process`;

/** Access for starting its executions. The ARN is built from the name: the machine's own functions start executions, too. */
export function startProcessExecution(scope: Construct): ResourceAccess {
  const machineArn = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: processMachineName(scope),
  });
  return {
    environment: { PROCESS_WORK_STATE_MACHINE_ARN: machineArn },
    allows: [{ actions: ['states:StartExecution'], resources: [machineArn] }],
  };
}

/** Access for stopping its executions. */
export function stopProcessExecution(scope: Construct): ResourceAccess {
  const executions = `${processMachineName(scope)}:*`;
  const arn = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    resourceName: executions,
  });
  return {
    environment: {},
    allows: [
      {
        actions: ['states:StopExecution'],
        resources: [arn],
        wildcard: {
          finding: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:${executions}]`,
          reason: 'executions are named after attempts',
        },
      },
    ],
  };
}
