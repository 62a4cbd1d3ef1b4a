import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStepFunctions, type Execution } from '../../../../infra/local/steps/step-functions.ts';
import { TaskTokens } from '../../../../infra/local/steps/task-tokens.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('ends an execution that takes longer than its state machine allows, and not before', async () => {
  const Work = {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: 'work' },
    End: true,
  };
  const DefinitionString = JSON.stringify({ StartAt: 'Work', States: { Work }, TimeoutSeconds: 8 * 86_400 });
  const ended: Execution[] = [];
  const { actions } = createStepFunctions(
    [{ id: 'Machine', properties: { DefinitionString } }],
    { invoke: () => new Promise(() => {}), runTask: () => new Promise(() => {}), tokens: new TaskTokens() },
    (execution) => ended.push(execution),
  );
  actions['AWSStepFunctions.StartExecution']?.({ stateMachineArn: 'arn:aws:states:::stateMachine:Machine' });

  await vi.advanceTimersByTimeAsync(8 * 86_400_000 - 1);
  expect(ended).toEqual([]);

  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toMatchObject([{ status: 'TIMED_OUT' }]);
});
