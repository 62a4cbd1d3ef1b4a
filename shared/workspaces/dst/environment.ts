import { createDatabase, createS3, createSfn } from '../../platform/clients.ts';
import { configuration } from '../../platform/configuration.ts';
import { tablesFromEnvironment, workspaceTablesFromEnvironment } from '../../platform/tables.ts';
import { systemClock } from '../../platform/time.ts';
import type { RemovalContext } from '../context.ts';
import { jobExecutions } from '../jobs/executions.ts';

/**
 * Reads what functions need that end jobs and remove workspaces for messages of DST.
 *
 * @throws ConfigurationError naming what is missing or wrong
 */
export function removalFromEnvironment(): RemovalContext {
  const env = configuration(['WORKSPACES_BUCKET', 'JOB_STATE_MACHINE_ARN']);
  const db = createDatabase();
  const tables = { ...tablesFromEnvironment(), ...workspaceTablesFromEnvironment() };
  const stateMachineArn = env.JOB_STATE_MACHINE_ARN;
  return {
    db,
    clock: systemClock,
    tables,
    workspacesBucket: { s3: createS3(), name: env.WORKSPACES_BUCKET },
    jobs: jobExecutions({ db, clock: systemClock, tables, sfn: createSfn(), stateMachineArn }),
  };
}
