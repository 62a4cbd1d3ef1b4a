import * as z from 'zod';
import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { failTransfer } from '../../shared/files/transfer/fail.ts';
import { transferSchema } from '../../shared/files/transfer.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';

const transfers = transfersFromEnvironment(messageContextFromEnvironment());

/** What Step Functions says of the step that failed; its cause may quote anything, so only the error's name is kept. */
const failureSchema = z.object({ error: z.object({ Error: z.string() }).optional() });

export async function handler(event: unknown) {
  const { error } = failureSchema.parse(event);
  return failTransfer(transfers, transferSchema.parse(event), `The transfer ended early: ${error?.Error ?? 'unknown'}`);
}
