import type { Readable } from 'node:stream';
import { isRetryable, TransientError } from '../platform/errors.ts';
import type { Clock } from '../platform/time.ts';
import type { Download, Portal } from '../portal/client.ts';
import { PortalError, PortalUnauthorizedError } from '../portal/errors.ts';
import { ResumeError } from './resume.ts';

/** What the portal says of a file's content: it must stay the same from one request to the next. */
export interface PortalVersion {
  etag?: string;
  /** Length of the whole file in bytes. */
  total?: number;
}

/** The portal answered with the whole file where a range was asked for. */
export class RangeIgnoredError extends TransientError {
  override readonly name = 'RangeIgnoredError';
}

/** An answer whose body begins at a byte of the file, and ends before another one if that is known. */
export interface Opened {
  body: Readable;
  from: number;
  to?: number;
  isRange: boolean;
}

export interface Span {
  start: number;
  /** Inclusive, as HTTP counts. Without it, to the end of the file. */
  end?: number;
}

/** A connection that brings nothing for so long, in milliseconds, while its bytes are waited for, is given up. */
const stallTime = 15_000;

/** Most connections in a row that bring nothing new. */
const tries = 4;

/** What no further connection can help against: a refused key would only be refused again. */
const endsReading = [ResumeError, RangeIgnoredError, PortalUnauthorizedError];

/** The pause after the first of them, in milliseconds; it doubles. */
const pause = 100;

/** A file at the portal, read by as many requests as it takes. */
export class PortalFile {
  readonly #portal: Pick<Portal, 'downloadFile'>;
  readonly #clock: Clock;
  readonly #fileId: string;
  readonly #version: PortalVersion;
  readonly #received: (bytes: number) => void;

  /**
   * @param known what an earlier copy, whose bytes are to be continued, found
   * @param received told of all bytes that come
   */
  constructor(
    portal: Pick<Portal, 'downloadFile'>,
    clock: Clock,
    fileId: string,
    known: PortalVersion,
    received: (bytes: number) => void,
  ) {
    this.#portal = portal;
    this.#clock = clock;
    this.#fileId = fileId;
    this.#received = received;
    const { etag, total } = known;
    this.#version = { ...(etag !== undefined && { etag }), ...(total !== undefined && { total }) };
  }

  get version(): Readonly<PortalVersion> {
    return this.#version;
  }

  /**
   * Asks for a part of the file. A portal that knows no ranges answers with all of it.
   *
   * @throws ResumeError when it is another content than before
   */
  async open({ start, end }: Span, signal: AbortSignal): Promise<Opened> {
    const range = start === 0 && end === undefined ? {} : { start, end, ifRange: strong(this.#version.etag) };
    const download = await this.#portal.downloadFile(this.#fileId, { ...range, signal }).catch((error: unknown) => {
      // Nothing lies in the range, as in an empty file: the whole file tells how long it is.
      if (!(error instanceof PortalError) || error.status !== 416) throw error;
      return this.#portal.downloadFile(this.#fileId, { signal });
    });
    try {
      this.#compare(download);
    } catch (error) {
      discard(download.body);
      throw error;
    }
    const { body, range: got } = download;
    return got ? { body, from: got.start, to: got.end + 1, isRange: true } : { body, from: 0, isRange: false };
  }

  #compare({ etag, range, contentLength }: Download): void {
    const total = range ? range.total : contentLength;
    const known = this.#version;
    if (known.etag !== undefined && etag !== undefined && known.etag !== etag) {
      throw new ResumeError(`The portal has another content of file ${this.#fileId} by now`);
    }
    if (known.total !== undefined && total !== undefined && known.total !== total) {
      throw new ResumeError(`File ${this.#fileId} has ${total} bytes, and had ${known.total}`);
    }
    if (etag !== undefined) known.etag = etag;
    if (total !== undefined) known.total = total;
  }

  /**
   * The bytes of a span, in order. Broken, stalled and early ended connections are replaced, and what came already is left out.
   *
   * @param opened an answer to begin with, which holds the span's start
   * @param onlyRanges throws RangeIgnoredError instead of reading over what comes before the span
   */
  async *read(
    { start, end }: Span,
    signal: AbortSignal,
    { opened, onlyRanges = false }: { opened?: Opened | undefined; onlyRanges?: boolean } = {},
  ): AsyncGenerator<Buffer> {
    let position = start;
    let answer = opened;
    for (let tried = 0; ; ) {
      try {
        answer ??= await this.open({ start: position, ...(end !== undefined && { end }) }, signal);
        if (onlyRanges && !answer.isRange) throw new RangeIgnoredError(`File ${this.#fileId}: a range was ignored`);
        let before = position - answer.from;
        for await (const bytes of watched(answer.body, this.#clock)) {
          this.#received(bytes.length);
          const skipped = Math.min(before, bytes.length);
          before -= skipped;
          if (skipped === bytes.length) continue;
          position += bytes.length - skipped;
          tried = 0;
          yield bytes.subarray(skipped);
        }
        const last = end === undefined ? this.#version.total : end + 1;
        if (last === undefined || position >= last) return;
        throw new TransientError(`The portal sent ${position} of ${last} bytes`);
      } catch (error) {
        tried += 1;
        const isOver = endsReading.some((each) => error instanceof each) || signal.aborted;
        if (isOver || !isRetryable(error) || tried >= tries) throw error;
      } finally {
        if (answer) discard(answer.body);
        answer = undefined;
      }
      await this.#clock.sleep(pause * 2 ** (tried - 1));
    }
  }
}

/** If-Range compares strongly (RFC 9110, 13.1.5): a weak ETag would never match. */
const strong = (etag: string | undefined) => (etag?.startsWith('W/') ? undefined : etag);

/** Its end, which may be an error, is our own doing. */
export function discard(body: Readable): void {
  body.on('error', () => {}).destroy();
}

/** A body's bytes. One that brings none while they are waited for is ended. */
async function* watched(body: Readable, clock: Clock): AsyncGenerator<Buffer> {
  let waitingSince: number | undefined;
  let over = false;
  const watch = async () => {
    while (!over) {
      await clock.sleep(1_000);
      if (waitingSince !== undefined && clock.now() - waitingSince > stallTime) {
        body.destroy(new TransientError('The download stalled'));
      }
    }
  };
  void watch();
  try {
    const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
    for (;;) {
      waitingSince = clock.now();
      const next = await chunks.next();
      waitingSince = undefined;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    over = true;
  }
}
