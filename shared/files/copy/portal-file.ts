import type { Readable } from 'node:stream';
import { isRetryable, TransientError } from '../../platform/errors.ts';
import type { Clock } from '../../platform/time.ts';
import type { Download, Portal } from '../../portal/client.ts';
import { PortalError } from '../../portal/errors.ts';
import { type FileRow, fitsAnnouncedSize } from '../file.ts';
import { ResumeError } from './resume.ts';

/** The portal answered with the whole file to a request for a range. */
export class RangeIgnoredError extends TransientError {
  override readonly name = 'RangeIgnoredError';
}

/** An answer whose body covers the file from a start to an end, if the end is known. */
export interface Opened {
  body: Readable;
  from: number;
  to?: number;
  isRange: boolean;
}

export interface ByteRange {
  start: number;
  /** Inclusive, as in HTTP. If missing, the end of the file. */
  end?: number;
}

/** Time without a byte, in milliseconds, after which a connection being read is given up. */
const stallTime = 15_000;

/** Most consecutive connections without a new byte. */
const tries = 4;

/** Pause after the first of them, in milliseconds; doubles each time. */
const pause = 100;

/**
 * Attempts without progress after which the stored parts are taken to be of other content: the portal may announce a wrong
 * length.
 */
const attemptsInVain = 3;

type NamedFile = Pick<FileRow, 'fileId' | 'portalId' | 'size' | 'announcedSize' | 'failures'>;

/** A file of the portal, read by as many requests as needed. */
export class PortalFile {
  readonly #portal: Pick<Portal, 'downloadFile'>;
  readonly #clock: Clock;
  readonly #file: NamedFile;
  readonly #received: (bytes: number, lacking: number) => void;
  #total: number | undefined;

  /**
   * @param total length of the whole file in bytes according to the earlier copy that is resumed
   * @param received called with the number of bytes received
   */
  constructor(
    portal: Pick<Portal, 'downloadFile'>,
    clock: Clock,
    file: NamedFile,
    total: number | undefined,
    received: (bytes: number, lacking: number) => void,
  ) {
    this.#portal = portal;
    this.#clock = clock;
    this.#file = file;
    this.#total = total;
    this.#received = received;
  }

  /** Length of the whole file in bytes, if the portal has sent it. */
  get total(): number | undefined {
    return this.#total;
  }

  /**
   * Requests a part of the file. A portal without support for ranges answers with the whole file.
   *
   * @throws ResumeError if the file's length has changed, TransientError if the answer is no file
   */
  async open({ start, end }: ByteRange, signal: AbortSignal): Promise<Opened> {
    const { fileId, portalId = fileId } = this.#file;
    const range = start === 0 && end === undefined ? {} : { start, end };
    const download = await this.#portal.downloadFile(portalId, { ...range, signal }).catch((error: unknown) => {
      // 416: the range is empty, as in an empty file. 206: the answer is malformed. Requesting the whole file shows its length.
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
      // If the stored parts match the announced length, a few answers with another length are no reason to discard them.
      const mayPass = fitsAnnouncedSize(this.#file, known) && (this.#file.failures ?? 0) < attemptsInVain;
      throw mayPass ? new TransientError(text) : new ResumeError(text);
    }
    this.#total = total ?? known;
  }

  /**
   * Yields the bytes of a span, in order. Replaces broken, stalled and truncated connections, and skips the bytes received
   * before.
   *
   * @param opened a first answer that covers the span's start
   * @param onlyRanges whether to throw RangeIgnoredError instead of skipping the bytes before the span
   */
  async *read(
    { start, end }: ByteRange,
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
          const skipped = Math.min(before, bytes.length);
          before -= skipped;
          const piece = bytes.subarray(skipped, last === undefined ? undefined : skipped + last - position);
          this.#received(bytes.length, piece.length);
          if (piece.length === 0) continue;
          position += piece.length;
          tried = 0;
          yield piece;
          // Stop early only if the answer is longer than requested: reading an answer to its end keeps its connection alive.
          if (position === last && to !== last) break;
        }
        // Without the file's length, the answer's range alone shows that its body ended early.
        const until = last ?? to;
        if (until === undefined || position >= until) return;
        throw new TransientError(`The portal sent ${position} of ${until} bytes`);
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

/** Whether another connection would not help, because the portal would refuse it again. */
function endsReading(error: unknown): boolean {
  if (error instanceof ResumeError || error instanceof RangeIgnoredError) return true;
  return (
    error instanceof PortalError && error.retryAfter === undefined && error.status !== undefined && error.status < 500
  );
}

/** Ends a body. The error that this may cause is ignored. */
export function discard(body: Readable): void {
  body.on('error', () => {}).destroy();
}

/** Yields a body's bytes. Ends the body if none arrive while being awaited. */
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
