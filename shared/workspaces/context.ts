import type { S3Client } from '@aws-sdk/client-s3';
import type { AccountContext } from '../accounts/context.ts';
import type { Log } from '../platform/logger.ts';
import type { Bucket } from '../platform/s3.ts';
import type { Tables, WorkspaceTables } from '../platform/tables.ts';
import type { WorkspacesConfiguration } from './configuration.ts';

export interface JobId {
  userId: number;
  jobId: number;
}

/** Runs the executions that launch, watch and end jobs. */
export interface JobExecutions {
  /** Starts the execution of a job unless the job has one. */
  start(job: JobId): Promise<void>;
}

/** Everything that work on workspaces and jobs needs. */
export interface WorkspacesContext extends AccountContext {
  log: Log;
  tables: Tables & WorkspaceTables;
  workspacesBucket: Bucket & { s3: S3Client };
  configuration: WorkspacesConfiguration;
  jobs: JobExecutions;
}
