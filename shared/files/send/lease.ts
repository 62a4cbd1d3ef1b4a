import type { MessageContext } from '../../messages/context.ts';
import { updateExpression } from '../../platform/dynamodb.ts';
import { PermanentError, TransientError } from '../../platform/errors.ts';
import type { Tables } from '../../platform/tables.ts';
import { updateItem } from '../../platform/transaction.ts';
import { leaseTime } from '../lease-times.ts';
import { changeResult } from '../result.ts';
import { renewSlot } from '../slots.ts';
import { Throughput } from '../throughput.ts';
import type { Outbound } from '../transfer.ts';

/** Dependencies of the lease under which a file is sent. */
export type LeaseContext = Pick<MessageContext, 'db' | 'clock' | 'tables'>;

/** Milliseconds between two renewals, which also write the progress. */
const renewalTime = 1_000;

/** Milliseconds between two reports of the bytes sent: sending may take days. */
const reportInterval = 300_000;

/** Time without progress, in milliseconds, after which sending is aborted. The portal's answer has other limits. */
const stallTime = 120_000;

/**
 * Time for a task on Fargate to start, in milliseconds: usually a minute or two, but ECS may have to find capacity. A task that
 * starts later ends at once, because another attempt may have begun.
 */
const taskStartTime = 300_000;

/** The lease under which a file is sent: for a return on its message, for a result on its row. */
export class SendLease {
  readonly #leased: LeaseContext;
  readonly #transfer: Outbound;
  readonly #abort = new AbortController();
  readonly #rate: Throughput;
  readonly #report: (bytes: number) => void;
  #bytesTotal: number | undefined;
  #bytesDone = 0;
  #lastRead: number;
  #bytesReported = 0;
  #lastReport: number;
  #renewing: Promise<void> = Promise.resolve();
  /** End of the lease on a result as last written or read, in milliseconds since 1970. */
  leaseUntil: number | undefined;
  #over = false;

  /** @param report called regularly, and at the end, with the number of bytes sent since the last call */
  constructor(leased: LeaseContext, transfer: Outbound, report: (bytes: number) => void) {
    this.#leased = leased;
    this.#transfer = transfer;
    this.#report = report;
    this.#lastRead = leased.clock.now();
    this.#lastReport = this.#lastRead;
    this.#rate = new Throughput(this.#lastRead, 0);
  }

  /** Aborts the sending. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** @param bytes bytes to send in total */
  begin(bytes: number): void {
    this.#bytesTotal = bytes;
    this.read(0);
  }

  /** @param bytes sent so far */
  read(bytes: number): void {
    this.#bytesDone = bytes;
    this.#lastRead = this.#leased.clock.now();
  }

  /**
   * Sends under this lease. No renewal is in flight when this resolves.
   *
   * @throws PermanentError if the lease was lost, TransientError if there was no progress for long
   */
  async during(send: () => Promise<void>): Promise<void> {
    this.#keep();
    try {
      await send();
    } catch (error) {
      throw this.signal.aborted ? this.signal.reason : error;
    } finally {
      this.#over = true;
      this.#reportProgress();
      await this.#renewing;
    }
  }

  /** Renews until the sending ends. Never rejects: an error aborts the sending. */
  async #keep(): Promise<void> {
    for (;;) {
      await this.#leased.clock.sleep(renewalTime);
      if (this.#over) return;
      this.#renewing = this.#renew().catch((error) => this.#abort.abort(error));
      await this.#renewing;
      if (this.signal.aborted) return;
      if (this.#leased.clock.now() - this.#lastReport >= reportInterval) this.#reportProgress();
    }
  }

  /** Reports the bytes sent since the last report. If sending has started over, bytes sent again count again. */
  #reportProgress(): void {
    const bytes = this.#bytesDone < this.#bytesReported ? this.#bytesDone : this.#bytesDone - this.#bytesReported;
    this.#bytesReported = this.#bytesDone;
    this.#lastReport = this.#leased.clock.now();
    if (bytes > 0) this.#report(bytes);
  }

  async #renew(): Promise<void> {
    const now = this.#leased.clock.now();
    const moving = this.#bytesTotal !== undefined && this.#bytesDone < this.#bytesTotal;
    if (moving && now - this.#lastRead > stallTime) throw new TransientError('The sending stalled');
    const bytesPerSecond = this.#rate.at(now, this.#bytesDone);
    const progress = { bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal, bytesPerSecond };
    const leaseUntil = now + leaseTime;
    if (await renew(this.#leased, this.#transfer, progress, leaseUntil)) {
      this.leaseUntil = leaseUntil;
      return;
    }
    throw new PermanentError(`${this.#transfer.fileId} no longer belongs to this transfer`);
  }
}

/**
 * Extends the lease until a task has started, which takes longer than a normal lease.
 *
 * @returns whether the lease still belongs to the transfer
 */
export async function holdForTask(leased: LeaseContext, transfer: Outbound): Promise<boolean> {
  const progress = { bytesDone: 0, bytesTotal: undefined, bytesPerSecond: 0 };
  return renew(leased, transfer, progress, leased.clock.now() + taskStartTime);
}

async function renew(
  { db, clock, tables }: LeaseContext,
  transfer: Outbound,
  progress: SendProgress,
  leaseUntil: number,
): Promise<boolean> {
  for (const renewal of renewals(tables, transfer, leaseUntil, progress)) {
    if ((await updateItem(db, renewal)) === 'refused') return false;
  }
  await renewSlot({ db, clock, table: tables.control }, transfer.slot, transfer.holder, leaseUntil - clock.now());
  return true;
}

interface SendProgress {
  bytesDone: number;
  bytesTotal: number | undefined;
  bytesPerSecond: number;
}

function renewals(tables: Tables, transfer: Outbound, leaseUntil: number, progress: SendProgress) {
  const { fileId, attempt } = transfer;
  if (transfer.kind === 'result') {
    const row = { ...transfer, state: 'sending' } as const;
    return [changeResult(tables.files, row, { leaseUntil, ...progress }).Update];
  }
  return [
    {
      TableName: tables.messages,
      Key: { messageId: transfer.messageId },
      UpdateExpression: 'SET leaseUntil = :leaseUntil ADD version :one',
      ConditionExpression: '#state = :working AND transfers = :attempt',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':working': 'working', ':attempt': attempt, ':leaseUntil': leaseUntil, ':one': 1 },
    },
    progressUpdate(tables.files, fileId, progress),
  ];
}

/** Refused for a file that is being deleted, which ends the sending. */
function progressUpdate(table: string, fileId: string, progress: SendProgress) {
  const update = updateExpression({ ...progress }, { ':stored': 'stored' });
  return {
    TableName: table,
    Key: { fileId },
    ...update,
    ConditionExpression: '#state = :stored',
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#state': 'state' },
  };
}
