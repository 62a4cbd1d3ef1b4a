import { returnDataFile } from '../../shared/files/effects/return-data-file.ts';
import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';

const context = messageContextFromEnvironment();

export const handler = messageFunction(context, returnDataFile(transfersFromEnvironment(context)));
