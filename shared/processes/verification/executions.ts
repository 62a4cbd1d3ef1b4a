import { createHash } from 'node:crypto';
import { type SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';

/** The state machine that does the work of processes. */
export interface Executions {
  sfn: Pick<SFNClient, 'send'>;
  stateMachineArn: string;
}

/**
 * Starts an execution. One of the same name that was started before counts: names stay taken for 90 days (Step Functions API
 * reference, StartExecution).
 */
export async function startExecution({ sfn, stateMachineArn }: Executions, name: string, input: object): Promise<void> {
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    if (!isNamed(error, 'ExecutionAlreadyExists')) throw error;
  }
}

/** Stops an execution, if there is one under this name. */
export async function stopExecution({ sfn, stateMachineArn }: Executions, name: string): Promise<void> {
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    await sfn.send(new StopExecutionCommand({ executionArn, cause: 'The verification was canceled' }));
  } catch (error) {
    if (!isNamed(error, 'ExecutionDoesNotExist')) throw error;
  }
}

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** Name of an execution that repeats work once in a while, until it is done. @param parts strings that tell it from others */
export const nameOf = (...parts: string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');
