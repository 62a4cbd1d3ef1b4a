import type { Clock } from '../platform/time.ts';
import { PortalError } from './errors.ts';
import { type PortalAnswer, type PortalRequest, shortBody } from './http.ts';
import { encodeFile, type LargeFileEncoding, type OutboundFile, watchContent } from './upload.ts';

type Send = (call: PortalRequest) => Promise<PortalAnswer>;

export interface PortalCommand extends Pick<PortalRequest, 'name' | 'method' | 'path' | 'secrets' | 'signal'> {
  json?: unknown;
  /** Accepted statuses in addition to 2xx. */
  others?: readonly number[];
}

/**
 * Creates a function that sends small calls and returns the status of the answer.
 *
 * @param total milliseconds for a call, including retries
 */
export function commands(send: Send, total: number, clock: Clock) {
  return async ({ json, others = [], signal, ...call }: PortalCommand): Promise<number> => {
    const limit = clock.timeout(total);
    const answer = await send({
      ...call,
      ...(json !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
      accepts: (status) => isSuccess(status) || others.includes(status),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headersTimeout: total,
      bodyTimeout: total,
      repeatable: true,
    });
    await shortBody(answer.body, total, clock);
    return answer.statusCode;
  };
}

/**
 * Creates a function that uploads a file as the body of a POST. Errors of reading the content are passed on. The call is not
 * repeated, because the content would have to be read again.
 */
export function uploads(send: Send, limits: { headers: number; upload: number }, clock: Clock) {
  return async (
    call: Pick<PortalRequest, 'name' | 'path' | 'signal'>,
    file: OutboundFile,
    encoding: LargeFileEncoding,
  ) => {
    const content = await file.open();
    const watched = watchContent(content);
    const encoded = encodeFile(file, watched.chunks, encoding, clock);
    try {
      const answer = await send({
        ...call,
        ...encoded,
        method: 'POST',
        accepts: isSuccess,
        headersTimeout: limits.upload,
        bodyTimeout: limits.headers,
        repeatable: false,
        movesFile: true,
      });
      await shortBody(answer.body, limits.headers, clock);
      if (!answer.toWholeRequest) throw tooEarly(call.name, answer.statusCode);
    } catch (error) {
      throw watched.failure ?? error;
    } finally {
      // Destroys an incomplete request with its connection, on which the next request would be read as more of the file.
      encoded.body.destroy();
      content.destroy();
    }
  };
}

/** The error for an answer sent before the whole file was received. */
const tooEarly = (call: string, status: number) =>
  new PortalError({ call, status, problem: `answered ${status} before it had the whole file`, retryable: true });

/** Tries the first encoding and, after status 415, the other one once. */
export async function tryInTurn(
  [first, other]: readonly [LargeFileEncoding, LargeFileEncoding],
  upload: (encoding: LargeFileEncoding) => Promise<void>,
): Promise<void> {
  try {
    await upload(first);
  } catch (error) {
    if (!(error instanceof PortalError) || error.status !== 415) throw error;
    await upload(other);
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
