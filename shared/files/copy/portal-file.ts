import type { Readable } from 'node:stream';
import { isRetryable, TransientError } from '../../platform/errors.ts';
import type { Clock } from '../../platform/time.ts';
import type { Download, Portal } from '../../portal/client.ts';
import { PortalError } from '../../portal/errors.ts';
import { type FileRow, fitsAnnouncedSize } from '../file.ts';
import { ResumeError } from './resume.ts';

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

/** The pause after the first of them, in milliseconds; it doubles. */
const pause = 100;

/** So many attempts that bring nothing further show that what is stored is of another content: the portal may announce a wrong length. */
const attemptsInVain = 3;

type NamedFile = Pick<FileRow, 'fileId' | 'portalId' | 'size' | 'announcedSize' | 'failures'>;

/** A file at the portal, read by as many requests as it takes. */
export class PortalFile {
  readonly #portal: Pick<Portal, 'downloadFile'>;
  readonly #clock: Clock;
  readonly #file: NamedFile;
  readonly #received: (bytes: number) => void;
  #total: number | undefined;

  /**
   * @param total what an earlier copy, whose bytes are to be continued, found to be the length of the whole file in bytes
   * @param received told of all bytes that come
   */
  constructor(
    portal: Pick<Portal, 'downloadFile'>,
    clock: Clock,
    file: NamedFile,
    total: number | undefined,
    received: (bytes: number) => void,
  ) {
    this.#portal = portal;
    this.#clock = clock;
    this.#file = file;
    this.#total = total;
    this.#received = received;
  }

  /** Length of the whole file in bytes, as far as the portal has said it. */
  get total(): number | undefined {
    return this.#total;
  }

  /**
   * Asks for a part of the file. A portal that knows no ranges answers with all of it.
   *
   * @throws ResumeError when the file has another length than before, TransientError when the answer is no file
   */
  async open({ start, end }: Span, signal: AbortSignal): Promise<Opened> {
    const { fileId, portalId = fileId } = this.#file;
    const range = start === 0 && end === undefined ? {} : { start, end };
    const download = await this.#portal.downloadFile(portalId, { ...range, signal }).catch((error: unknown) => {
      // 416: nothing lies in the range, as in an empty file. 206: the answer is of no use. The whole file tells how long it is.
      if (!(error instanceof PortalError) || (error.status !== 416 && error.status !== 206)) throw error;
      return this.#portal.downloadFile(portalId, { signal });
    });
    try {
      this.#check(download);
    } catch (error) {
      discard(download.body);
      throw error;
    }
    const { body, range: got } = download;
    return got ? { body, from: got.start, to: got.end + 1, isRange: true } : { body, from: 0, isRange: false };
  }

  #check({ range, contentLength, contentType = '' }: Download): void {
    const total = range ? range.total : contentLength;
    const isPage = /^text\/html\b/i.test(contentType);
    if (isPage && !fitsAnnouncedSize(this.#file, total)) {
      throw new TransientError('The portal answered with an HTML page instead of the file');
    }
    const known = this.#total;
    if (known !== undefined && total !== undefined && known !== total) {
      const text = `The portal has ${total} bytes of file ${this.#file.fileId}, and had ${known}`;
      // What is stored is of the announced length: a few answers of another one are no reason to throw it away.
      const mayPass = fitsAnnouncedSize(this.#file, known) && (this.#file.failures ?? 0) < attemptsInVain;
      throw mayPass ? new TransientError(text) : new ResumeError(text);
    }
    this.#total = total ?? known;
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
        if (onlyRanges && !answer.isRange)
          throw new RangeIgnoredError(`File ${this.#file.fileId}: a range was ignored`);
        const last = end === undefined ? this.#total : end + 1;
        const { from, to = last } = answer;
        let before = position - from;
        for await (const bytes of watched(answer.body, this.#clock)) {
          this.#received(bytes.length);
          const skipped = Math.min(before, bytes.length);
          before -= skipped;
          const piece = bytes.subarray(skipped, last === undefined ? undefined : skipped + last - position);
          if (piece.length === 0) continue;
          position += piece.length;
          tried = 0;
          yield piece;
          // The answer holds more than was asked for. One that does not is read to its end, for its connection to be kept.
          if (position === last && to !== last) break;
        }
        if (last === undefined || position >= last) return;
        throw new TransientError(`The portal sent ${position} of ${last} bytes`);
      } catch (error) {
        tried += 1;
        if (endsReading(error) || signal.aborted || !isRetryable(error) || tried >= tries) throw error;
      } finally {
        if (answer) discard(answer.body);
        answer = undefined;
      }
      await this.#clock.sleep(pause * 2 ** (tried - 1));
    }
  }
}

/** Whether no further connection can help at once: what is refused would only be refused again. */
function endsReading(error: unknown): boolean {
  if (error instanceof ResumeError || error instanceof RangeIgnoredError) return true;
  return (
    error instanceof PortalError && error.retryAfter === undefined && error.status !== undefined && error.status < 500
  );
}

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
