import { getItem } from '../../platform/dynamodb.ts';
import type { ProcessContext, ProcessWorkHandler } from '../context.ts';
import { processKey } from '../keys.ts';
import type { ProcessRow, ProcessWorkRow } from '../rows.ts';
import { finishWork } from '../work.ts';
import { type Executions, nameOf, startExecution, stopExecution } from './executions.ts';
import { type Attempt, endAttempt, isRunning, isToSend, sendVerified } from './verification.ts';

/**
 * Sees to a verification until it has ended: starts its execution, and again where that was lost; ends the attempt when its time is
 * over; sends the process where a crash came between.
 */
export const startVerification =
  (executions: Executions): ProcessWorkHandler =>
  async (context, work) => {
    const attempt = attemptOf(work);
    const process = await readProcess(context, attempt);
    const { deadline = 0 } = process?.verification ?? {};
    if (isToSend(process, attempt)) await sendVerified(context, attempt);
    else if (isRunning(process, attempt) && context.clock.now() < deadline) {
      await startExecution(executions, attempt.id, { kind: 'verification', ...attempt });
      return;
    } else if (isRunning(process, attempt)) await endAttempt(context, attempt, [timedOut]);
    await finishWork(context, work);
  };

const timedOut = { check: 'Verification', passed: false, message: 'The checks did not end in time: try again' };

/** Stops the execution of a canceled verification. What it would find counts no more anyway. */
export const stopVerification =
  (executions: Executions): ProcessWorkHandler =>
  async (context, work) => {
    await stopExecution(executions, attemptOf(work).id);
    await finishWork(context, work);
  };

/** Milliseconds after which work in an execution is begun anew, should it have failed: longer than the execution may take. */
const repetition = 30 * 60_000;

/** Starts what a service does after a step, in an execution, as it may take longer than a request. */
export const startAfterStep =
  (executions: Executions): ProcessWorkHandler =>
  async ({ clock }, work) => {
    const { item, projectID, processID, data } = work;
    const name = nameOf(item, String(Math.floor((clock.now() - work.at) / repetition)));
    await startExecution(executions, name, { kind: 'step', item, projectID, processID, to: data.to });
  };

function attemptOf({ item, projectID, processID, data: { id } }: ProcessWorkRow): Attempt {
  if (processID === undefined || id === undefined) throw new TypeError(`${item} names no verification`);
  return { projectID, processID, id };
}

const readProcess = (
  { db, tables }: ProcessContext,
  { projectID, processID }: Attempt,
): Promise<ProcessRow | undefined> =>
  getItem<ProcessRow>(db, tables.processes, { ...processKey(projectID, processID) });
