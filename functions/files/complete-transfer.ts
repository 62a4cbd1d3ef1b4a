import { outboxFromEnvironment, transfersFromEnvironment } from '../../shared/files/environment.ts';
import { completeTransfer } from '../../shared/files/transfer/complete.ts';
import { transferSchema } from '../../shared/files/transfer/transfer.ts';
import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { createS3 } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';

const env = configuration(['FILES_BUCKET']);
const transfers = transfersFromEnvironment(bridgeFromEnvironment());
const store = { s3: createS3(), bucket: env.FILES_BUCKET };
const outbox = outboxFromEnvironment(transfers.bridge);

export const handler = async (event: unknown) =>
  completeTransfer(transfers, store, outbox, transferSchema.parse(event));
