import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GatewayQueue } from '../constructs/queue.ts';

type Queues = ReadonlyMap<string, GatewayQueue>;

/** The queues that a scope's stack has by now, by what comes into them, and under the names that operators know them by. */
export function queuesOf(scope: Construct): { work: Queues; deadLetters: Queues; failedRuns: Queues } {
  const all = Stack.of(scope)
    .node.findAll()
    .filter((node) => node instanceof GatewayQueue);
  const ending = (end: string, queues: readonly GatewayQueue[]) =>
    new Map(
      queues.filter(({ output }) => output.endsWith(end)).map((queue) => [queue.output.slice(0, -end.length), queue]),
    );
  const [deadLetters, failedRuns] = [ending('DeadLetterQueue', all), ending('FailureQueue', all)];
  const told = new Set([...deadLetters.values(), ...failedRuns.values()]);
  return {
    /** On which functions work. */
    work: ending(
      'Queue',
      all.filter((queue) => !told.has(queue)),
    ),
    /** By the names of what they come from. */
    deadLetters,
    /** By the names of the functions that schedules run. */
    failedRuns,
  };
}
