import { returnDataFile } from '../../shared/files/effects/return-data-file.ts';
import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';

const bridge = bridgeFromEnvironment();

export const handler = messageFunction(bridge, returnDataFile(transfersFromEnvironment(bridge)));
