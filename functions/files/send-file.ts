import type { Context } from 'aws-lambda';
import { sendFile } from '../../shared/files/send.ts';
import { returnSchema } from '../../shared/files/transfer.ts';
import { createDatabase, createS3 } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { createLog } from '../../shared/platform/logger.ts';
import { secretReader } from '../../shared/platform/secrets.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal } from '../../shared/portal/client.ts';

const env = configuration([
  'MESSAGES_TABLE',
  'FILES_TABLE',
  'CONTROL_TABLE',
  'FILES_BUCKET',
  'PORTAL_URL',
  'PORTAL_API_KEY_SECRET_ARN',
  'LARGE_FILE_ENCODING',
]);
const sending = {
  db: createDatabase(),
  clock: systemClock,
  log: createLog(),
  tables: { messages: env.MESSAGES_TABLE, files: env.FILES_TABLE, control: env.CONTROL_TABLE },
  portal: createPortal({
    baseUrl: env.PORTAL_URL,
    apiKey: secretReader(env.PORTAL_API_KEY_SECRET_ARN),
    largeFileEncoding: env.LARGE_FILE_ENCODING,
  }),
  s3: createS3(),
  bucket: env.FILES_BUCKET,
};

/** Left of the function's time, in milliseconds, when a return is given up, so that its failure is still recorded. */
const margin = 10_000;

export async function handler(event: unknown, context: Context) {
  const signal = AbortSignal.timeout(Math.max(1, Math.floor(context.getRemainingTimeInMillis() - margin)));
  return sendFile(sending, returnSchema.parse(event), signal);
}
