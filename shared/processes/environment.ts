import { createDatabase, createS3, createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { createLog } from '../platform/logger.ts';
import { processTablesFromEnvironment, tablesFromEnvironment } from '../platform/tables.ts';
import { systemClock } from '../platform/time.ts';
import type { ProcessContext } from './context.ts';
import { newId } from './ids.ts';
import { allServices } from './services/all.ts';
import { workHandlers } from './work-handlers.ts';

/**
 * Reads the context of work on processes from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function processesFromEnvironment(): ProcessContext {
  const env = configuration(['ATTACHMENTS_BUCKET', 'FILES_BUCKET', 'PROCESS_WORK_STATE_MACHINE_ARN']);
  return {
    db: createDatabase(),
    clock: systemClock,
    log: createLog(),
    tables: { ...tablesFromEnvironment(), ...processTablesFromEnvironment() },
    services: allServices,
    attachments: { s3: createS3(), name: env.ATTACHMENTS_BUCKET },
    filesBucket: env.FILES_BUCKET,
    work: workHandlers({ sfn: createSfn(), stateMachineArn: env.PROCESS_WORK_STATE_MACHINE_ARN }),
    newId,
  };
}
