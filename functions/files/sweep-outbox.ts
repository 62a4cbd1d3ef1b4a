import { outboxFromEnvironment, transfersFromEnvironment } from '../../shared/files/environment.ts';
import { startTransfers } from '../../shared/files/start.ts';
import { sweepOutbox } from '../../shared/files/sweep-outbox.ts';
import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { isPaused } from '../../shared/operations/pause.ts';

const bridge = bridgeFromEnvironment();
const transfers = transfersFromEnvironment(bridge);
const outbox = outboxFromEnvironment(bridge);

export async function handler(): Promise<void> {
  if (await isPaused(bridge.db, bridge.tables.control)) return;
  if ((await sweepOutbox(outbox)) > 0) await startTransfers(transfers);
}
