import { portalFromEnvironment } from '../operations/portal-environment.ts';
import { createDatabase, createS3, createSqs } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { invoker } from '../platform/invoke.ts';
import { createLog } from '../platform/logger.ts';
import { tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import type { ComparingContext, DecidingContext, OperateContext } from './context.ts';
import { rememberEntries } from './find/remembered-entries.ts';
import { withDeadLetters } from './status/queues.ts';

function lookingFromEnvironment() {
  const { INTERNAL_BUCKET: internalBucket } = configuration(['INTERNAL_BUCKET']);
  const [db, tables] = [createDatabase(), tablesFromEnvironment()];
  return { db, clock: systemClock, log: createLog(), tables, s3: createS3(), internalBucket };
}

/**
 * Reads the context of the routes of operators from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function operateFromEnvironment(): OperateContext {
  const env = configuration(['QUEUE_URLS', 'PORTAL_URL']);
  const looking = lookingFromEnvironment();
  const sqs = createSqs();
  let queues: Promise<Record<string, string>> | undefined;
  return {
    ...looking,
    sqs,
    queues() {
      queues ??= withDeadLetters(sqs, env.QUEUE_URLS).catch((error: unknown) => {
        queues = undefined;
        throw error;
      });
      return queues;
    },
    portalUrl: env.PORTAL_URL,
    unmarked: rememberEntries(looking),
  };
}

/**
 * The same of routes that decide.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function decidingFromEnvironment(): DecidingContext {
  const env = configuration(['POLL_FUNCTION']);
  const poll = invoker(env.POLL_FUNCTION);
  return { ...operateFromEnvironment(), startPoll: () => poll() };
}

/**
 * The same of routes that compare with the portal and S3.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function comparingFromEnvironment(): ComparingContext {
  const { FILES_BUCKET: bucket } = configuration(['FILES_BUCKET']);
  const looking = lookingFromEnvironment();
  return { ...looking, bucket, portal: portalFromEnvironment(looking.db, looking.tables) };
}
