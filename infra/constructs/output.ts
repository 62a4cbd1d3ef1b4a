import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Names something of the stack for those outside of it. Outputs are how the operators' command line and the local runner
 * find resources, whatever CloudFormation calls them: `ProjectsTable` and so on (name), `FilesBucket`, `InternalBucket`
 * (name), `{MessageType}Queue`, `{MessageType}DeadLetterQueue`, `OutboxQueue`, `PollFailureQueue`, `EventsDeadLetterQueue`
 * and the like (URL), `EventBus`, `PollFunction` (name), `TransferStateMachine`, `PortalApiKeySecret`, `PasswordSecret`,
 * `TakeOneTimePasswordFunction`, `AlarmTopic` (ARN), `RollbackAlarms` (ARNs), `PortalUrl`.
 */
export function output(scope: Construct, name: string, value: string): void {
  new CfnOutput(Stack.of(scope), name, { value });
}
