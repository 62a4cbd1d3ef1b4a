import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describeError } from './errors.ts';
import type { Log } from './logger.ts';
import type { Clock } from './time.ts';

/**
 * Runs a part of an invocation's work as an X-Ray subsegment, so that traces can be found by message: `annotation.messageId =
 * "…"`. Sends nothing if Lambda does not trace the invocation.
 *
 * @param name name of the work
 * @param environment variables with which Lambda gives the trace and the address of the X-Ray daemon
 */
export async function withSubsegment<Result>(
  { clock, log }: { clock: Clock; log: Log },
  { name, messageId }: { name: string; messageId: string },
  work: () => Promise<Result>,
  environment: Record<string, string | undefined> = process.env,
): Promise<Result> {
  const { _X_AMZN_TRACE_ID: header = '', AWS_XRAY_DAEMON_ADDRESS: listener } = environment;
  const { Root: trace_id, Parent: parent_id, Sampled } = Object.fromEntries(fieldsOf(header));
  if (Sampled !== '1' || !trace_id || !parent_id || !listener) return work();
  const begun = clock.now();
  let fault = true;
  try {
    const result = await work();
    fault = false;
    return result;
  } finally {
    const times = { start_time: begun / 1_000, end_time: clock.now() / 1_000 };
    const id = randomBytes(8).toString('hex');
    const subsegment = {
      type: 'subsegment',
      id,
      trace_id,
      parent_id,
      name,
      ...times,
      fault,
      annotations: { messageId },
    };
    // A gap in a trace is better than failing the work.
    await sendSegment(listener, subsegment).catch((error) =>
      log.warn('not traced', { messageId, error: describeError(error) }),
    );
  }
}

const fieldsOf = (header: string) => header.split(';').map((field) => field.split('=', 2));

/** Sends a segment in the format of the X-Ray daemon (X-Ray developer guide, "Sending trace data to X-Ray"). */
async function sendSegment(listener: string, subsegment: object): Promise<void> {
  const [address, port] = listener.split(':', 2);
  const socket = createSocket('udp4');
  try {
    socket.send(`{"format":"json","version":1}\n${JSON.stringify(subsegment)}`, Number(port), address, (error) =>
      error ? socket.emit('error', error) : socket.emit('sent'),
    );
    await once(socket, 'sent');
  } finally {
    socket.close();
  }
}
