import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { completeTransfer } from '../../shared/files/transfer/complete.ts';
import { transferSchema } from '../../shared/files/transfer.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { step } from '../../shared/platform/middleware/chains.ts';

const transfers = transfersFromEnvironment(messageContextFromEnvironment());

export const handler = step(transfers, {
  input: transferSchema,
  run: (transfer) => completeTransfer(transfers, transfer),
});
