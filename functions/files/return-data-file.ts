import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { returnDataFile } from '../../shared/files/return-data-file.ts';
import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/queue.ts';

const bridge = bridgeFromEnvironment();

export const handler = messageFunction(bridge, returnDataFile(transfersFromEnvironment(bridge)));
