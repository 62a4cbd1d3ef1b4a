import { deleteDataFile } from '../../shared/files/effects/delete-data-file.ts';
import { filesFromEnvironment } from '../../shared/files/environment.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/message-function.ts';

const context = filesFromEnvironment(messageContextFromEnvironment());

export const handler = messageFunction(context, deleteDataFile(context.bucket));
