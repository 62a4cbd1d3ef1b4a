import { outboxFromEnvironment, transfersFromEnvironment } from '../../shared/files/environment.ts';
import { notificationFunction } from '../../shared/files/outbox/notifications.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';

const context = messageContextFromEnvironment();
const transfers = transfersFromEnvironment(context);

export const handler = notificationFunction(outboxFromEnvironment(context), () => startTransfers(transfers));
