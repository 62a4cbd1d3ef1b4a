import type { MessageContext } from '../messages/context.ts';
import { portalFromEnvironment } from '../operations/portal-environment.ts';
import { createDatabase, createS3, createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import type { FilesContext } from './context.ts';
import type { Sending } from './send/send.ts';
import type { TransferContext } from './transfer-context.ts';

/**
 * Creates the context of files from the function's environment. @throws ConfigurationError naming the variable that is missing
 * or wrong
 */
export function filesFromEnvironment(context: MessageContext): FilesContext {
  const env = configuration(['FILES_BUCKET']);
  return { ...context, bucket: { s3: context.s3, name: env.FILES_BUCKET } };
}

/**
 * Creates the context of transfers from the function's environment. @throws ConfigurationError naming the variable that is
 * missing or wrong
 */
export function transfersFromEnvironment(context: MessageContext): TransferContext {
  const env = configuration(['TRANSFER_STATE_MACHINE_ARN', 'TRANSFER_SLOTS', 'CHECKSUM_TRIES']);
  return {
    ...filesFromEnvironment(context),
    sfn: createSfn(),
    stateMachineArn: env.TRANSFER_STATE_MACHINE_ARN,
    slots: env.TRANSFER_SLOTS,
    checksumTries: env.CHECKSUM_TRIES,
  };
}

/**
 * Creates the context of sending from the environment of the function or task. @throws ConfigurationError naming the variable
 * that is missing or wrong
 */
export function sendingFromEnvironment(): Sending {
  const env = configuration(['FILES_BUCKET', 'LARGE_FILE_ENCODING', 'MAX_FORM_BYTES']);
  const tables = tablesFromEnvironment();
  const db = createDatabase();
  return {
    db,
    clock: systemClock,
    log: createLog(),
    tables,
    portal: portalFromEnvironment(db, tables, { largeFileEncoding: env.LARGE_FILE_ENCODING }),
    s3: createS3(),
    bucket: env.FILES_BUCKET,
    maxFormBytes: env.MAX_FORM_BYTES,
  };
}
