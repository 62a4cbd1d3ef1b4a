import { forEachConcurrently } from '../../platform/concurrency.ts';
import { unlessRefused } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { leaseTime } from '../lease-times.ts';
import type { DeliveryFile } from '../transfer.ts';
import type { Copying } from './lease.ts';
import { updateWhileCopying } from './while-copying.ts';

/** Milliseconds between two renewals of the leases of files that are not being copied. */
const idleRenewalTime = 15_000;

/**
 * Renews the leases of the files of a batch that wait for the other files: otherwise a poll would start them once more while
 * the batch is slow. Never fails: a lost lease is detected when the file is written or settled.
 *
 * @param idle the waiting files, read before each round
 * @param signal ends the renewals
 * @param renewed called for each renewed lease
 */
export async function keepIdle(
  { db, clock, log, tables }: Copying,
  idle: () => readonly (DeliveryFile & { messageId: string | undefined })[],
  signal: AbortSignal,
  renewed: (fileId: string, leaseUntil: number) => void = () => {},
): Promise<void> {
  for (;;) {
    await clock.sleep(idleRenewalTime);
    if (signal.aborted) return;
    const leaseUntil = clock.now() + leaseTime;
    await forEachConcurrently(idle(), 10, async ({ messageId, ...file }) => {
      const { fileId, attempt } = file;
      try {
        const update = updateWhileCopying(tables.files, file, { leaseUntil });
        if (await unlessRefused(db.send(update))) renewed(fileId, leaseUntil);
      } catch (error) {
        log.warn('lease not renewed', { messageId, fileId, attempt, error: describeError(error) });
      }
    });
  }
}
