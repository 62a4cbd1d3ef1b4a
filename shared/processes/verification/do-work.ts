import * as z from 'zod';
import { getItem } from '../../platform/dynamodb.ts';
import type { ProcessContext } from '../context.ts';
import { endOrderJob, jobIn } from '../end-order-job.ts';
import { workScope } from '../keys.ts';
import { statusNames } from '../machine/status.ts';
import type { ProcessWorkRow } from '../rows.ts';
import { finishWork } from '../work.ts';
import { endAttempt, isRunning, readOrder, runChecks } from './verification.ts';

const place = { projectID: z.string(), processID: z.string() };
const verification = z.object({ kind: z.literal('verification'), ...place, id: z.string() });
const step = z.object({ kind: z.literal('step'), ...place, item: z.string(), to: z.enum(statusNames) });

const work = z.object({ kind: z.literal('work'), ...place, item: z.string() });

/** Input of an execution. */
export const executionInput = z.discriminatedUnion('kind', [verification, step, work]);
type ExecutionInput = z.infer<typeof executionInput>;

/** Does the work of an execution: the checks of a verification, what a service does after a step, or a row of work. */
export async function doExecution(context: ProcessContext, input: ExecutionInput): Promise<void> {
  if (input.kind === 'verification') await verify(context, input);
  else if (input.kind === 'step') await followStep(context, input);
  else await doRow(context, input);
}

async function doRow(context: ProcessContext, { item }: z.infer<typeof work>): Promise<void> {
  const row = await readWork(context, item);
  if (row) await context.work[row.kind](context, row);
}

const readWork = ({ db, tables }: ProcessContext, item: string): Promise<ProcessWorkRow | undefined> =>
  getItem<ProcessWorkRow>(db, tables.processes, { scope: workScope, item });

async function verify(context: ProcessContext, attempt: z.infer<typeof verification>): Promise<void> {
  const order = await readOrder(context, attempt);
  if (!order || !isRunning(order.process, attempt)) return;
  await endAttempt(context, attempt, await runChecks(context, order));
}

async function followStep(context: ProcessContext, { item, to, ...rest }: z.infer<typeof step>): Promise<void> {
  const row = await readWork(context, item);
  const order = row && (await readOrder(context, rest));
  if (!row) return;
  // A process that was canceled meanwhile gets nothing more.
  if (order && (to === 'CANCELED' || order.process.status !== 'CANCELED')) {
    await context.services.get(order.process.serviceType)?.afterStep?.(context, order, to);
  }
  const job = jobIn(row);
  if (!order && job) await endOrderJob(context, job, 'The order was deleted');
  await finishWork(context, row);
}

/** Ends a verification whose checks could not be carried out. Other work is begun anew by the sweep. */
export async function failExecution(context: ProcessContext, input: ExecutionInput): Promise<void> {
  context.log.error('work of a process failed', { kind: input.kind, processID: input.processID });
  if (input.kind === 'verification') await endAttempt(context, input, [notCarriedOut]);
}

const notCarriedOut = {
  check: 'Verification',
  passed: false,
  message: 'The checks could not be carried out: try again',
};
