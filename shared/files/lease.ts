import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { changing, type Database } from '../platform/dynamodb.ts';
import { describeError, PermanentError, TransientError } from '../platform/errors.ts';
import type { Log } from '../platform/logger.ts';
import type { Clock } from '../platform/time.ts';
import type { CopyProgress } from './copy.ts';
import { leaseTime, renewSlot } from './slots.ts';
import type { Delivery, DeliveryFile } from './transfer.ts';

/** What keeping a file needs. */
export interface Copying {
  db: Database;
  clock: Clock;
  log: Log;
  tables: { files: string; control: string };
}

/** The file is another transfer's by now, or is being deleted: nothing of what was done counts. */
export class LeaseLostError extends PermanentError {}

/** Milliseconds between two renewals, which also tell how far the copy is. */
const renewalTime = 1_000;

/** Milliseconds between two renewals of the files of a batch that are not being copied. */
const idleRenewalTime = 15_000;

/** A copy without a byte for so long, in milliseconds, is given up. undici's own limit does not see it under backpressure. */
const stallTime = 30_000;

/** A lease with less than this left, in milliseconds, is renewed before something is written. */
const leaseMargin = 40_000;

/** One copy's hold on its file: renewed while bytes come, and no longer. */
export class FileLease implements CopyProgress {
  readonly #copying: Copying;
  readonly #seat: Pick<Delivery, 'slot' | 'holder'>;
  readonly #file: DeliveryFile;
  readonly #abort = new AbortController();
  #leaseUntil: number;
  #bytesTotal: number | undefined;
  #bytesDone = 0;
  #lastReceived: number;
  #over = false;

  constructor(copying: Copying, seat: Pick<Delivery, 'slot' | 'holder'>, file: DeliveryFile, leaseUntil: number) {
    this.#copying = copying;
    this.#seat = seat;
    this.#file = file;
    this.#leaseUntil = leaseUntil;
    this.#lastReceived = copying.clock.now();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  expect(bytes: number | undefined): void {
    this.#bytesTotal = bytes;
  }

  received(): void {
    this.#lastReceived = this.#copying.clock.now();
  }

  stored(bytes: number): void {
    this.#bytesDone = bytes;
    this.received();
  }

  async mayWrite(): Promise<void> {
    if (this.#leaseUntil - this.#copying.clock.now() < leaseMargin) await this.#renew();
  }

  /**
   * Runs a copy under this lease.
   *
   * @throws LeaseLostError when the lease was lost, TransientError when the copy stalled
   */
  async during<Result>(copy: () => Promise<Result>): Promise<Result> {
    this.#keep();
    try {
      return await copy();
    } catch (error) {
      throw this.signal.aborted ? this.signal.reason : error;
    } finally {
      this.#over = true;
    }
  }

  /** Ends by itself after the copy, and never fails: what goes wrong ends the copy. */
  async #keep(): Promise<void> {
    const { clock } = this.#copying;
    for (;;) {
      await clock.sleep(renewalTime);
      if (this.#over) return;
      try {
        if (clock.now() - this.#lastReceived > stallTime) throw new TransientError('The copy stalled');
        await this.#renew();
      } catch (error) {
        this.#abort.abort(error);
        return;
      }
    }
  }

  async #renew(): Promise<void> {
    const { db, clock, tables } = this.#copying;
    const { fileId, attempt } = this.#file;
    const leaseUntil = clock.now() + leaseTime;
    const changes = { leaseUntil, bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal };
    try {
      await db.send(
        new UpdateCommand({
          TableName: tables.files,
          Key: { fileId },
          ...changingWhileCopying(changes, attempt),
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new LeaseLostError(`File ${fileId} is not this transfer's any more`);
    }
    this.#leaseUntil = leaseUntil;
    const { slot, holder } = this.#seat;
    await renewSlot({ db, clock, table: tables.control }, slot, holder);
  }
}

/**
 * Keeps the files of a batch that wait for their turn, or for the others: else a poll would start them once more while
 * the batch is slow. Never fails: a file whose lease is lost is noticed when it is written or settled.
 *
 * @param idle asked before each round
 * @param signal ends it
 */
export async function keepIdle(
  { db, clock, log, tables }: Copying,
  idle: () => readonly DeliveryFile[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(idleRenewalTime);
    if (signal.aborted) return;
    const changes = { leaseUntil: clock.now() + leaseTime };
    await forEachConcurrently(idle(), 10, async ({ fileId, attempt }) => {
      try {
        await db.send(
          new UpdateCommand({ TableName: tables.files, Key: { fileId }, ...changingWhileCopying(changes, attempt) }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException))
          log.warn('lease not renewed', { fileId, attempt, error: describeError(error) });
      }
    });
  }
}

/** An update of a file that goes through only for the transfer of this attempt. */
export function changingWhileCopying(changes: Record<string, unknown>, attempt: number) {
  const update = changing(changes, { ':copying': 'copying', ':attempt': attempt });
  return {
    ...update,
    ConditionExpression: '#state = :copying AND attempt = :attempt',
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#state': 'state' },
  };
}
