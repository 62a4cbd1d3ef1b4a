import { deleteDataFile } from '../../shared/files/effects/delete-data-file.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';

const env = configuration(['FILES_TABLE', 'FILES_BUCKET']);
const context = messageContextFromEnvironment();

export const handler = messageFunction(
  context,
  deleteDataFile({ files: env.FILES_TABLE }, { s3: context.s3, name: env.FILES_BUCKET }),
);
