import type { MessageContext } from '../../messages/context.ts';
import { coalesced } from '../../platform/concurrency.ts';
import { unlessRefused } from '../../platform/dynamodb.ts';
import { PermanentError, TransientError } from '../../platform/errors.ts';
import type { FileRow } from '../file.ts';
import { leaseTime } from '../lease-times.ts';
import { renewSlot } from '../slots.ts';
import { Throughput } from '../throughput.ts';
import type { Delivery, DeliveryFile } from '../transfer.ts';
import type { CopyProgress } from './copy-progress.ts';
import { Pace, type PaceLimits } from './pace.ts';
import type { ResumePoint } from './resume.ts';
import { updateWhileCopying } from './while-copying.ts';

/** Dependencies of a file's lease. */
export type Copying = Pick<MessageContext, 'db' | 'clock' | 'log' | 'tables'>;

/** The file belongs to another transfer or is being deleted: the work of this copy is discarded. */
export class LeaseLostError extends PermanentError {
  override readonly name = 'LeaseLostError';
}

/** Milliseconds between two renewals, which also write the progress of the copy and its resume point. */
const renewalTime = 1_000;

/** Milliseconds between two renewals of the slot. */
const slotRenewalTime = 10_000;

/** A lease with less than this time left, in milliseconds, is renewed before a write to S3. */
const leaseMargin = 40_000;

/** The lease of a copy on its file, renewed only while bytes arrive. */
export class FileLease implements CopyProgress {
  readonly isTimeUp: () => boolean;
  readonly #copying: Copying;
  readonly #slotLease: Pick<Delivery, 'slot' | 'holder'>;
  readonly #file: DeliveryFile;
  readonly #abort = new AbortController();
  /** Aborts requests to S3, except after a lost lease: the outcome of an aborted request would be unknown. */
  readonly #cut = new AbortController();
  readonly #rate: Throughput;
  readonly #pace: Pace;
  readonly #bytesBefore: number;
  /** The latest resume point, not written yet. */
  #point: { resume: ResumePoint | undefined } | undefined;
  #leaseUntil: number;
  #bytesTotal: number | undefined;
  #bytesDone: number;
  /** Bytes that have arrived, stored or not, from the start of the file on. */
  #bytesArrived: number;
  #restarts: number;
  #over = false;
  /** Whether S3 may still execute a request after the end of this copy. */
  #unanswered = false;

  constructor(
    copying: Copying,
    slotLease: Pick<Delivery, 'slot' | 'holder'>,
    file: DeliveryFile,
    row: { leaseUntil?: number | undefined } & Pick<FileRow, 'resume' | 'restarts'>,
    isTimeUp: () => boolean,
    limits: PaceLimits,
  ) {
    this.isTimeUp = isTimeUp;
    this.#copying = copying;
    this.#slotLease = slotLease;
    this.#file = file;
    this.#leaseUntil = row.leaseUntil ?? 0;
    this.#bytesBefore = row.resume?.bytes ?? 0;
    this.#bytesDone = this.#bytesBefore;
    this.#bytesArrived = this.#bytesBefore;
    this.#restarts = row.restarts ?? 0;
    const now = copying.clock.now();
    this.#pace = new Pace(limits, now);
    this.#rate = new Throughput(now, this.#bytesArrived);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The lease as last written, if it may be released early because no request to S3 is in flight. */
  get returnable(): number | undefined {
    return this.#unanswered ? undefined : this.#leaseUntil;
  }

  /** Bytes of the file stored under this lease. */
  get bytesMoved(): number {
    return Math.max(0, this.#bytesDone - this.#bytesBefore);
  }

  expect(bytes: number | undefined): void {
    this.#bytesTotal = bytes;
  }

  received(bytes: number, lacking: number): void {
    this.#pace.received(bytes, this.#copying.clock.now());
    this.#bytesArrived += lacking;
  }

  stored(bytes: number): void {
    this.#bytesDone = bytes;
    this.received(0, 0);
  }

  async resumeFrom(point: ResumePoint | undefined): Promise<void> {
    this.#point = { resume: point };
    this.#bytesDone = point?.bytes ?? 0;
    if (!point) {
      this.#bytesArrived = 0;
      this.#restarts += 1;
    }
    // Points on the way are written by the next renewal.
    if (point && point.parts > 0) return;
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
   * Runs a copy under this lease. Its last resume point is written when this resolves.
   *
   * @throws LeaseLostError if the lease was lost, TransientError if the copy stalled or lost its slot
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
      await this.#renewing; // The last renewal determines the lease that is released.
    }
  }

  /** Renews until the copy ends. Never rejects: an error aborts the copy. */
  async #keep(): Promise<void> {
    const { db, clock, tables } = this.#copying;
    const { slot, holder } = this.#slotLease;
    let slotDueAt = 0;
    for (;;) {
      await clock.sleep(renewalTime);
      if (this.#over) return;
      try {
        this.#pace.check(clock.now());
        await this.#renew();
        if (clock.now() < slotDueAt) continue;
        slotDueAt = clock.now() + slotRenewalTime;
        if (!(await renewSlot({ db, clock, table: tables.control }, slot, holder)))
          throw new TransientError('Another transfer has the slot by now');
      } catch (error) {
        this.#end(error);
        return;
      }
    }
  }

  /** Resolves when the last renewal has ended, even if it failed. */
  #renewing: Promise<unknown> = Promise.resolve();

  #renew(): Promise<void> {
    const renewal = this.#renewOnce();
    this.#renewing = renewal.catch(() => {});
    return renewal;
  }

  /** One renewal at a time; the next one includes the progress made meanwhile. */
  readonly #renewOnce = coalesced(async () => {
    const { db, clock, tables } = this.#copying;
    const now = clock.now();
    const leaseUntil = now + leaseTime;
    const point = this.#point;
    this.#point = undefined;
    // Parts are stored in steps of 8 MiB and more. Bytes that were fetched twice count once.
    const bytesDone = Math.max(
      this.#bytesDone,
      Math.min(this.#bytesArrived, this.#bytesTotal ?? Number.POSITIVE_INFINITY),
    );
    const changes = {
      leaseUntil,
      ...point,
      bytesDone,
      bytesTotal: this.#bytesTotal,
      bytesPerSecond: this.#rate.at(now, bytesDone),
      // Progress resets the failure count.
      ...(this.#bytesDone > this.#bytesBefore && { failures: 0 }),
      ...(this.#restarts > 0 && { restarts: this.#restarts }),
    };
    const isRenewed = await unlessRefused(db.send(updateWhileCopying(tables.files, this.#file, changes)));
    if (!isRenewed) throw new LeaseLostError(`File ${this.#file.fileId} no longer belongs to this transfer`);
    this.#leaseUntil = leaseUntil;
  });
}

const metadataOf = (value: unknown) =>
  (value as { $metadata?: { attempts?: number; httpStatusCode?: number } } | undefined)?.$metadata;

/** Whether a request was sent more than once: an unanswered one may still be executed. */
const isRepeated = (answer: unknown): boolean => (metadataOf(answer)?.attempts ?? 1) > 1;

/** Whether S3 itself refused a request, so that it has no effect. */
const isAnswer = (error: unknown): boolean => metadataOf(error)?.httpStatusCode !== undefined && !isRepeated(error);
