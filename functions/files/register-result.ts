import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { notificationFunction } from '../../shared/files/outbox/notifications.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';

const transfers = transfersFromEnvironment(messageContextFromEnvironment());

export const handler = notificationFunction(transfers, () => startTransfers(transfers));
