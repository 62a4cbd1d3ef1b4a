import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { completeTransfer } from '../../shared/files/transfer/complete.ts';
import { transferSchema } from '../../shared/files/transfer.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { invocation } from '../../shared/platform/middleware/chains.ts';

const transfers = transfersFromEnvironment(messageContextFromEnvironment());

export const handler = invocation(transfers, {
  input: transferSchema,
  run: (transfer) => completeTransfer(transfers, transfer),
});
