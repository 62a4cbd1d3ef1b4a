import type { MessageContext } from '../messages/context.ts';
import { portalFromEnvironment } from '../operations/portal-environment.ts';
import { createDatabase, createS3, createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { systemClock } from '../platform/time.ts';
import type { OutboxContext } from './outbox/context.ts';
import type { Sending } from './send/send.ts';
import type { TransferContext } from './transfer-context.ts';

/** What starting transfers needs, by the function's environment. @throws ConfigurationError naming what is missing or wrong */
export function transfersFromEnvironment(context: MessageContext): TransferContext {
  const env = configuration([
    'FILES_TABLE',
    'FILES_BUCKET',
    'TRANSFER_STATE_MACHINE_ARN',
    'TRANSFER_SLOTS',
    'CHECKSUM_TRIES',
  ]);
  return {
    context,
    tables: { files: env.FILES_TABLE },
    sfn: createSfn(),
    stateMachineArn: env.TRANSFER_STATE_MACHINE_ARN,
    slots: env.TRANSFER_SLOTS,
    checksumTries: env.CHECKSUM_TRIES,
    bucket: { s3: context.s3, name: env.FILES_BUCKET },
  };
}

/** What taking results up needs, by the function's environment. @throws ConfigurationError naming what is missing or wrong */
export function outboxFromEnvironment(context: MessageContext): OutboxContext {
  const env = configuration(['PROJECTS_TABLE', 'FILES_TABLE', 'FILES_BUCKET']);
  return {
    context,
    tables: { projects: env.PROJECTS_TABLE, files: env.FILES_TABLE },
    bucket: { s3: context.s3, name: env.FILES_BUCKET },
  };
}

/** What sending needs, by the environment of the function or task. @throws ConfigurationError naming what is missing or wrong */
export function sendingFromEnvironment(): Sending {
  const env = configuration([
    'MESSAGES_TABLE',
    'FILES_TABLE',
    'CONTROL_TABLE',
    'FILES_BUCKET',
    'LARGE_FILE_ENCODING',
    'MAX_FORM_BYTES',
  ]);
  const db = createDatabase();
  return {
    db,
    clock: systemClock,
    log: createLog(),
    tables: { messages: env.MESSAGES_TABLE, files: env.FILES_TABLE, control: env.CONTROL_TABLE },
    portal: portalFromEnvironment(db, { largeFileEncoding: env.LARGE_FILE_ENCODING }),
    s3: createS3(),
    bucket: env.FILES_BUCKET,
    maxFormBytes: env.MAX_FORM_BYTES,
  };
}
