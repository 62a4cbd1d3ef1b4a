import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describeError } from './errors.ts';
import type { Log } from './logger.ts';
import type { Clock } from './time.ts';

/**
 * Does a part of an invocation's work, and tells X-Ray of it, so that traces can be found by the message that they are about:
 * `annotation.messageId = "…"`. Where Lambda does not trace the invocation nothing is told.
 *
 * @param name what is done
 * @param environment where Lambda says which trace the invocation belongs to, and who listens
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
    // A trace with a gap is better than work that counts as failed because of it.
    await tell(listener, subsegment).catch((error) =>
      log.warn('not traced', { messageId, error: describeError(error) }),
    );
  }
}

const fieldsOf = (header: string) => header.split(';').map((field) => field.split('=', 2));

/** The form in which the X-Ray daemon takes segments (X-Ray developer guide, "Sending trace data to X-Ray"). */
async function tell(listener: string, subsegment: object): Promise<void> {
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
