import * as z from 'zod';
import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { failTransfer } from '../../shared/files/transfer/fail.ts';
import { transferSchema } from '../../shared/files/transfer.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { invocation } from '../../shared/platform/middleware/chains.ts';

const transfers = transfersFromEnvironment(messageContextFromEnvironment());

/** The error of the failed step from Step Functions. Only the name is kept, because the cause may contain anything. */
const failureSchema = z.object({ error: z.object({ Error: z.string() }).optional() });

export const handler = invocation(transfers, {
  input: z.intersection(transferSchema, failureSchema),
  run: ({ error, ...transfer }) =>
    failTransfer(transfers, transfer, `The transfer ended early: ${error?.Error ?? 'unknown'}`),
});
