import { portalFromEnvironment } from '../operations/portal-environment.ts';
import { createDatabase, createS3, createSqs } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import type { MessageContext } from './context.ts';

/**
 * Creates the context of message processing from the function's environment variables.
 *
 * @param strict whether listed messages must match the portal's interface description exactly
 * @throws ConfigurationError naming the variable that is missing or wrong
 */
export function messageContextFromEnvironment(strict = false): MessageContext {
  const env = configuration([
    'INTERNAL_BUCKET',
    'QUEUE_URLS',
    'POLL_SECONDS',
    'MAX_ATTEMPTS',
    'MISMATCHES_PER_HOUR',
    'HOLD_MISMATCHES_OF',
    'HOLD_TYPES',
  ]);
  const tables = tablesFromEnvironment();
  const db = createDatabase();
  return {
    db,
    sqs: createSqs(),
    s3: createS3(),
    portal: portalFromEnvironment(db, tables, { strict }),
    clock: systemClock,
    log: createLog(),
    tables,
    internalBucket: env.INTERNAL_BUCKET,
    queues: env.QUEUE_URLS,
    settings: {
      pollSeconds: env.POLL_SECONDS,
      maxAttempts: env.MAX_ATTEMPTS,
      mismatchesPerHour: env.MISMATCHES_PER_HOUR,
      holdMismatchesOf: env.HOLD_MISMATCHES_OF,
      holdTypes: env.HOLD_TYPES,
    },
  };
}
