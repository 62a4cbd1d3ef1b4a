import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Adds an output of the stack. The operators' command line and the local runner find resources through outputs, independently
 * of their CloudFormation names: `ProjectsTable` and so on (name), `FilesBucket`, `InternalBucket` (name),
 * `{MessageType}Queue`, `{MessageType}DeadLetterQueue`, `OutboxQueue`, `PollFailureQueue`, `EventsDeadLetterQueue` and the like
 * (URL), `EventBus`, `PollFunction` (name), `TransferStateMachine`, `PortalApiKeySecret`, `PasswordSecret`,
 * `TakeOneTimePasswordFunction`, `AlarmTopic` (ARN), `RollbackAlarms` (ARNs), `PortalUrl`.
 */
export function output(scope: Construct, name: string, value: string): void {
  new CfnOutput(Stack.of(scope), name, { value });
}
