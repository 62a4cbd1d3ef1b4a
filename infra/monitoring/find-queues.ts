import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GatewayQueue } from '../constructs/queue.ts';

type Queues = ReadonlyMap<string, GatewayQueue>;

/** The stack's queues so far, grouped into work, dead-letter and failed-run queues, keyed by the name operators use. */
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
    /** Queues consumed by functions. */
    work: ending(
      'Queue',
      all.filter((queue) => !told.has(queue)),
    ),
    /** Dead-letter queues, keyed by their source. */
    deadLetters,
    /** Queues of failed runs, keyed by the scheduled function. */
    failedRuns,
  };
}
