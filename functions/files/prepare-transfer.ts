import { prepareTransfer } from '../../shared/files/transfer/prepare.ts';
import { transferSchema } from '../../shared/files/transfer.ts';
import { createDatabase, createS3 } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { createLog } from '../../shared/platform/logger.ts';
import { invocation } from '../../shared/platform/middleware/chains.ts';
import { tablesFromEnvironment } from '../../shared/platform/tables.ts';
import { systemClock } from '../../shared/platform/time.ts';

const env = configuration(['FILES_BUCKET', 'TASK_ABOVE_BYTES']);
const preparing = {
  db: createDatabase(),
  clock: systemClock,
  log: createLog(),
  tables: tablesFromEnvironment(),
  bucket: { s3: createS3(), name: env.FILES_BUCKET },
  taskAboveBytes: env.TASK_ABOVE_BYTES,
};

export const handler = invocation(preparing, {
  input: transferSchema,
  run: (transfer) => prepareTransfer(preparing, transfer),
});
