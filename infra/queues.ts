import { Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** A stack's queues, by names for people. */
export interface Queues {
  /** On which functions work. */
  readonly work: ReadonlyMap<string, Queue>;
  /** By the names of the queues that they come from. */
  readonly deadLetters: ReadonlyMap<string, Queue>;
  /** By the names of the schedules whose failed runs they take. */
  readonly failedRuns: ReadonlyMap<string, Queue>;
}

/** The queues that a scope's stack has by now: what has dead letters is worked on, what is neither takes failed runs. */
export function queuesOf(scope: Construct): Queues {
  const all = Stack.of(scope)
    .node.findAll()
    .filter((node) => node instanceof Queue);
  const work = new Map<string, Queue>();
  const deadLetters = new Map<string, Queue>();
  for (const queue of all) {
    const dead = queue.deadLetterQueue?.queue;
    if (!(dead instanceof Queue)) continue;
    const name = queue.node.id.replace(/Queue$/, '');
    work.set(name, queue);
    deadLetters.set(name, dead);
  }
  const known = new Set([...work.values(), ...deadLetters.values()]);
  const rest = all.filter((queue) => !known.has(queue));
  return { work, deadLetters, failedRuns: new Map(rest.map((queue) => [queue.node.scope?.node.id ?? '', queue])) };
}
