import * as z from 'zod';
import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { failTransfer } from '../../shared/files/fail.ts';
import { transferSchema } from '../../shared/files/transfer.ts';
import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';

const transfers = transfersFromEnvironment(bridgeFromEnvironment());

/**
 * What Step Functions says of the step that failed; its cause may quote anything, so only the error's name is kept. Before
 * the first step is over there is no next one.
 */
const failureSchema = z.object({ error: z.object({ Error: z.string() }).optional(), next: z.string().optional() });

export async function handler(event: unknown) {
  const { error, next } = failureSchema.parse(event);
  const reason = `The transfer ended early: ${error?.Error ?? 'unknown'}`;
  return failTransfer(transfers, transferSchema.parse(event), reason, next !== undefined);
}
