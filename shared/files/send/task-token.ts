import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { describeError, TransientError } from '../../platform/errors.ts';
import type { Log } from '../../platform/logger.ts';
import type { Clock } from '../../platform/time.ts';

/** What a state that waits for a token gave to the program that does its work. */
export interface Waiting {
  sfn: Pick<SFNClient, 'send'>;
  token: string;
  clock: Clock;
  log: Log;
  /** What log lines say of the work. */
  names: Record<string, unknown>;
}

/** Milliseconds between two signs of life, several of which may be lost before the state's time without any is over. */
export const heartbeatTime = 60_000;

/** Step Functions' answers when nobody waits for the work any more (API reference, SendTaskHeartbeat). */
const unwanted = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];

/**
 * Does the work of a state that waits for a token: says every minute that it is alive, and in the end what came of it.
 *
 * @param work ends soon after its signal, which comes when the execution waits no longer
 * @throws what Step Functions answers when it can't be told of the end
 */
export async function workForToken(waiting: Waiting, work: (signal: AbortSignal) => Promise<object>): Promise<void> {
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

/** @returns what tells of the end */
async function attempt(
  { sfn, token: taskToken, log, names }: Waiting,
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
  { sfn, token: taskToken, clock, log, names }: Waiting,
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
      unwantedNow.abort(new TransientError('The execution waits for this task no longer'));
      return;
    }
  }
}
