import { createS3, createSfn } from '../platform/clients.ts';
import { configuration } from '../platform/configuration.ts';
import { processTablesFromEnvironment } from '../platform/tables.ts';
import { workspacesFromEnvironment } from '../workspaces/environment.ts';
import type { ProcessContext } from './context.ts';
import { newId } from './ids.ts';
import { jobFollower } from './job-follower.ts';
import { mailFromEnvironment } from './mail/environment.ts';
import { allServices } from './services/all.ts';
import { workHandlers } from './work-handlers.ts';

/**
 * Reads the context of work on processes from the function's environment.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function processesFromEnvironment(): ProcessContext {
  const env = configuration(['ATTACHMENTS_BUCKET', 'FILES_BUCKET', 'PROCESS_WORK_STATE_MACHINE_ARN']);
  const workspaces = workspacesFromEnvironment();
  const { db, clock, log } = workspaces;
  const tables = { ...workspaces.tables, ...processTablesFromEnvironment() };
  const executions = { sfn: createSfn(), stateMachineArn: env.PROCESS_WORK_STATE_MACHINE_ARN };
  return {
    db,
    clock,
    log,
    tables,
    services: allServices,
    attachments: { s3: createS3(), name: env.ATTACHMENTS_BUCKET },
    filesBucket: env.FILES_BUCKET,
    workspaces: { ...workspaces, follower: jobFollower({ clock, log, tables }, executions) },
    mail: mailFromEnvironment(),
    work: workHandlers(executions),
    newId,
  };
}
