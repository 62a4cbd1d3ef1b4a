import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { describeError, TransientError } from '../../platform/errors.ts';
import type { Log } from '../../platform/logger.ts';
import type { Clock } from '../../platform/time.ts';

/** The task token of a waiting state, and how to answer it. */
export interface WaitingTask {
  sfn: Pick<SFNClient, 'send'>;
  token: string;
  clock: Clock;
  log: Log;
  /** The keys of log lines about the work. */
  names: Record<string, unknown>;
}

/** Milliseconds between two heartbeats. The state's heartbeat timeout tolerates several lost ones. */
export const heartbeatTime = 60_000;

/** Step Functions' errors for a token whose execution no longer waits (API reference, SendTaskHeartbeat). */
const unwanted = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];

/**
 * Does the work of a state that waits for a task token: sends a heartbeat every minute, and the outcome at the end.
 *
 * @param work the work; it has to end soon after its signal, which is aborted when the execution no longer waits
 * @throws Step Functions' error if the outcome cannot be sent
 */
export async function workForToken(
  waiting: WaitingTask,
  work: (signal: AbortSignal) => Promise<object>,
): Promise<void> {
  const unwantedNow = new AbortController();
  const done = new AbortController();
  keepAlive(waiting, done.signal, unwantedNow);
  try {
    const tellEnd = await attempt(waiting, () => work(unwantedNow.signal));
    if (!unwantedNow.signal.aborted) await tellEnd();
  } finally {
    done.abort();
  }
}

/** @returns the command that sends the outcome */
async function attempt(
  { sfn, token: taskToken, log, names }: WaitingTask,
  work: () => Promise<object>,
): Promise<() => Promise<unknown>> {
  try {
    const output = JSON.stringify(await work());
    return () => sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
  } catch (error) {
    const cause = describeError(error);
    log.error('task failed', { ...names, error: cause });
    return () => sfn.send(new SendTaskFailureCommand({ taskToken, error: 'TaskFailed', cause }));
  }
}

async function keepAlive(
  { sfn, token: taskToken, clock, log, names }: WaitingTask,
  done: AbortSignal,
  unwantedNow: AbortController,
) {
  for (;;) {
    await clock.sleep(heartbeatTime);
    if (done.aborted) return;
    try {
      await sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
    } catch (error) {
      log.warn('heartbeat failed', { ...names, error: describeError(error) });
      if (!(error instanceof Error && unwanted.includes(error.name))) continue;
      unwantedNow.abort(new TransientError('The execution no longer waits for this task'));
      return;
    }
  }
}
