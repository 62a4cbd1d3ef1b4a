import { outboxFromEnvironment, transfersFromEnvironment } from '../../shared/files/environment.ts';
import { outboxFunction } from '../../shared/files/outbox/notifications.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';

const bridge = bridgeFromEnvironment();
const transfers = transfersFromEnvironment(bridge);

export const handler = outboxFunction(outboxFromEnvironment(bridge), () => startTransfers(transfers));
