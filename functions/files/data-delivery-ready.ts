import { dataDeliveryReady } from '../../shared/files/effects/data-delivery-ready.ts';
import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';

const context = messageContextFromEnvironment();

export const handler = messageFunction(context, dataDeliveryReady(transfersFromEnvironment(context)));
