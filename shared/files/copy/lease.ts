import type { MessageContext } from '../../messages/context.ts';
import { coalesced } from '../../platform/concurrency.ts';
import { unlessRefused } from '../../platform/dynamodb.ts';
import { PermanentError, TransientError } from '../../platform/errors.ts';
import type { FileRow } from '../file.ts';
import { leaseTime, renewSlot } from '../slots.ts';
import { Throughput } from '../throughput.ts';
import type { Delivery, DeliveryFile } from '../transfer.ts';
import { Pace, type Patience } from './pace.ts';
import type { CopyProgress } from './progress.ts';
import type { ResumePoint } from './resume.ts';
import { updateWhileCopying } from './while-copying.ts';

/** What keeping a file needs. */
export type Copying = Pick<MessageContext, 'db' | 'clock' | 'log' | 'tables'>;

/** The file is another transfer's by now, or is being deleted: nothing of what was done counts. */
export class LeaseLostError extends PermanentError {
  override readonly name = 'LeaseLostError';
}

/** Milliseconds between two renewals, which also tell how far the copy is. */
const renewalTime = 1_000;

/** A lease with less than this left, in milliseconds, is renewed before something is written. */
const leaseMargin = 40_000;

/** One copy's hold on its file: renewed while bytes come, and no longer. */
export class FileLease implements CopyProgress {
  readonly isTimeUp: () => boolean;
  readonly #copying: Copying;
  readonly #seat: Pick<Delivery, 'slot' | 'holder'>;
  readonly #file: DeliveryFile;
  readonly #abort = new AbortController();
  /** Ends requests to S3, but not because the lease is lost: what becomes of one that is cut off nobody would know. */
  readonly #cut = new AbortController();
  readonly #rate: Throughput;
  readonly #pace: Pace;
  readonly #bytesBefore: number;
  /** The latest point that is not written yet. */
  #point: { resume: ResumePoint | undefined } | undefined;
  #leaseUntil: number;
  #bytesTotal: number | undefined;
  #bytesDone: number;
  #restarts: number;
  #over = false;
  /** Whether S3 may carry out a request after this copy. */
  #unanswered = false;

  constructor(
    copying: Copying,
    seat: Pick<Delivery, 'slot' | 'holder'>,
    file: DeliveryFile,
    row: { leaseUntil?: number | undefined } & Pick<FileRow, 'resume' | 'restarts'>,
    isTimeUp: () => boolean,
    patience: Patience,
  ) {
    this.isTimeUp = isTimeUp;
    this.#copying = copying;
    this.#seat = seat;
    this.#file = file;
    this.#leaseUntil = row.leaseUntil ?? 0;
    this.#bytesBefore = row.resume?.bytes ?? 0;
    this.#bytesDone = this.#bytesBefore;
    this.#restarts = row.restarts ?? 0;
    const now = copying.clock.now();
    this.#pace = new Pace(patience, now);
    this.#rate = new Throughput(now, this.#bytesDone);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The lease as it was written last, when it may be given back before its time: nothing is on its way to S3 any more. */
  get returnable(): number | undefined {
    return this.#unanswered ? undefined : this.#leaseUntil;
  }

  /** How much of the file was stored under this lease. */
  get bytesMoved(): number {
    return Math.max(0, this.#bytesDone - this.#bytesBefore);
  }

  expect(bytes: number | undefined): void {
    this.#bytesTotal = bytes;
  }

  received(bytes: number): void {
    this.#pace.received(bytes, this.#copying.clock.now());
  }

  stored(bytes: number): void {
    this.#bytesDone = bytes;
    this.received(0);
  }

  async resumeFrom(point: ResumePoint | undefined): Promise<void> {
    this.#point = { resume: point };
    this.#bytesDone = point?.bytes ?? 0;
    if (!point) this.#restarts += 1;
    await this.#renew().catch((error: unknown) => this.#end(error));
  }

  async mayWrite(): Promise<void> {
    if (this.#leaseUntil - this.#copying.clock.now() < leaseMargin) await this.#renew();
  }

  async write<Output>(request: (signal: AbortSignal) => Promise<Output>): Promise<Output> {
    try {
      const output = await request(this.#cut.signal);
      this.#unanswered ||= isRepeated(output);
      return output;
    } catch (error) {
      this.#unanswered ||= !isAnswer(error);
      throw error;
    }
  }

  #end(reason: unknown): void {
    this.#abort.abort(reason);
    if (!(reason instanceof LeaseLostError)) this.#cut.abort(reason);
  }

  /**
   * Runs a copy under this lease. What it left to be resumed is written when this resolves.
   *
   * @throws LeaseLostError when the lease was lost, TransientError when the copy stalled or lost its slot
   */
  async during<Result>(copy: () => Promise<Result>): Promise<Result> {
    this.#keep();
    try {
      return await copy();
    } catch (error) {
      throw this.signal.aborted ? this.signal.reason : error;
    } finally {
      this.#over = true;
      if (this.#point && !this.signal.aborted) await this.#renew();
      await this.#renewing; // Its end is the lease that is given back.
    }
  }

  /** Ends by itself after the copy, and never fails: what goes wrong ends the copy. */
  async #keep(): Promise<void> {
    const { db, clock, tables } = this.#copying;
    const { slot, holder } = this.#seat;
    for (;;) {
      await clock.sleep(renewalTime);
      if (this.#over) return;
      try {
        this.#pace.check(clock.now());
        await this.#renew();
        if (!(await renewSlot({ db, clock, table: tables.control }, slot, holder)))
          throw new TransientError('Another transfer has the slot by now');
      } catch (error) {
        this.#end(error);
        return;
      }
    }
  }

  /** Settles, whatever becomes of it, when the last renewal has ended. */
  #renewing: Promise<unknown> = Promise.resolve();

  #renew(): Promise<void> {
    const renewal = this.#renewOnce();
    this.#renewing = renewal.catch(() => {});
    return renewal;
  }

  /** One renewal at a time: the next tells what came meanwhile. */
  readonly #renewOnce = coalesced(async () => {
    const { db, clock, tables } = this.#copying;
    const { fileId, attempt } = this.#file;
    const now = clock.now();
    const leaseUntil = now + leaseTime;
    const point = this.#point;
    this.#point = undefined;
    const changes = {
      leaseUntil,
      ...point,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
      bytesPerSecond: this.#rate.at(now, this.#bytesDone),
      // An attempt that gets further is none of those that are counted.
      ...(this.#bytesDone > this.#bytesBefore && { failures: 0 }),
      ...(this.#restarts > 0 && { restarts: this.#restarts }),
    };
    const isRenewed = await unlessRefused(db.send(updateWhileCopying(tables.files, { fileId, attempt }, changes)));
    if (!isRenewed) throw new LeaseLostError(`File ${fileId} is not this transfer's any more`);
    this.#leaseUntil = leaseUntil;
  });
}

const metadataOf = (value: unknown) =>
  (value as { $metadata?: { attempts?: number; httpStatusCode?: number } } | undefined)?.$metadata;

/** Whether a request was sent more than once: what had no answer may still be carried out. */
const isRepeated = (answer: unknown): boolean => (metadataOf(answer)?.attempts ?? 1) > 1;

/** Whether S3 itself refused a request, and nothing comes of it. */
const isAnswer = (error: unknown): boolean => metadataOf(error)?.httpStatusCode !== undefined && !isRepeated(error);
