import { outboxFromEnvironment, transfersFromEnvironment } from '../../shared/files/environment.ts';
import { completeTransfer } from '../../shared/files/transfer/complete.ts';
import { transferSchema } from '../../shared/files/transfer.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { createS3 } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { step } from '../../shared/platform/middleware/chains.ts';

const env = configuration(['FILES_BUCKET']);
const transfers = transfersFromEnvironment(messageContextFromEnvironment());
const store = { s3: createS3(), bucket: env.FILES_BUCKET };
const outbox = outboxFromEnvironment(transfers.context);

export const handler = step(transfers.context, {
  input: transferSchema,
  run: (transfer) => completeTransfer(transfers, store, outbox, transfer),
});
