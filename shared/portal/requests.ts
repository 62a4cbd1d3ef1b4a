import type { Clock } from '../platform/time.ts';
import { PortalError } from './errors.ts';
import { type PortalAnswer, type PortalRequest, shortBody } from './http.ts';
import { encodeFile, type LargeFileEncoding, type OutboundFile, watchContent } from './upload.ts';

type Send = (call: PortalRequest) => Promise<PortalAnswer>;

export interface Command extends Pick<PortalRequest, 'name' | 'method' | 'path' | 'secrets' | 'signal'> {
  json?: unknown;
  /** Statuses besides 2xx that are an outcome. */
  others?: readonly number[];
}

/**
 * Small calls, whose answer is a status: sends one and gives its status.
 *
 * @param total milliseconds for the whole of it, retries included
 */
export function commands(send: Send, total: number, clock: Clock) {
  return async ({ json, others = [], signal, ...call }: Command): Promise<number> => {
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
 * Uploads one file as the body of a POST; what reading the content throws is passed on. Not repeated within the call: what was
 * read of the content would be read again.
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
      // Ends a request that is not sent whole, with its connection: the next request on it would be read as more of the file.
      encoded.body.destroy();
      content.destroy();
    }
  };
}

/** Whoever answered has not read the file, whatever the answer says. */
const tooEarly = (call: string, status: number) =>
  new PortalError({ call, status, problem: `answered ${status} before it had the whole file`, retryable: true });

/** The first encoding, and on 415 the other one once. */
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
