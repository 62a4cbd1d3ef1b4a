import type { ProcessContext } from './context.ts';
import { itemsIn } from './items.ts';
import { workScope } from './keys.ts';
import type { ProcessRow, ProcessWorkKind, ProcessWorkRow } from './rows.ts';
import { doWork } from './work.ts';

/** Milliseconds after a change in which its own request may still see to what follows. */
const requestTime = 15_000;

/** Milliseconds after which the sweep has seen to it. */
const sweepTime = 3_600_000;

/**
 * Does the work that a change of a process has left, when somebody looks at the process: after a crash nobody waits for the sweep.
 * Work in executions is started once, however often it is asked for.
 */
export async function resumeWork(context: ProcessContext, process: ProcessRow): Promise<void> {
  const age = context.clock.now() - process.updatedAt;
  if (!hasWork(context, process) || age < requestTime || age > sweepTime) return;
  const left = await Array.fromAsync(itemsIn<ProcessWorkRow>(context, workScope, `${process.processID}#`));
  await doWork(
    context,
    left.filter(({ kind }) => waitedFor.has(kind)),
  );
}

/** Work that changes what people see of a process. */
const waitedFor: ReadonlySet<ProcessWorkKind> = new Set<ProcessWorkKind>([
  'start-verification',
  'after-step',
  'note-job-end',
]);

/** Whether a process is in a status that an execution may end. */
const hasWork = ({ services }: ProcessContext, { status, serviceType, verification }: ProcessRow): boolean =>
  status === 'VERIFYING' ||
  // Sent, where that was asked for.
  (status === 'VERIFIED' && verification?.send === true) ||
  services.get(serviceType)?.followedSteps?.includes(status) === true;
