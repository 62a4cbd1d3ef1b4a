import { deleteDataFile } from '../../shared/files/effects/delete-data-file.ts';
import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { messageFunction } from '../../shared/messages/handle/queue.ts';
import { configuration } from '../../shared/platform/configuration.ts';

const env = configuration(['FILES_TABLE', 'FILES_BUCKET']);
const bridge = bridgeFromEnvironment();

export const handler = messageFunction(
  bridge,
  deleteDataFile({ files: env.FILES_TABLE }, { s3: bridge.s3, name: env.FILES_BUCKET }),
);
