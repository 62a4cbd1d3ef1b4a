import type { S3Client } from '@aws-sdk/client-s3';
import type { AccountContext } from '../accounts/context.ts';
import type { Log } from '../platform/logger.ts';
import type { Bucket } from '../platform/s3.ts';
import type { Tables, WorkspaceTables } from '../platform/tables.ts';
import type { Write } from '../platform/transaction.ts';
import type { WorkspacesConfiguration } from './configuration.ts';
import type { JobRow } from './rows.ts';
import type { GlobusClient } from './tokens/globus-client.ts';

export interface JobId {
  userId: number;
  jobId: number;
}

/** Runs the executions that launch, watch and end jobs. */
export interface JobExecutions {
  /** Starts the execution of a job unless the job has one. */
  start(job: JobId): Promise<void>;
  /** Has a job that is `stopping` stopped at its resource at once, without the pause of its own execution. */
  stop(job: JobId): Promise<void>;
}

/** Everything that ending jobs and removing workspaces needs. */
export interface RemovalContext {
  db: AccountContext['db'];
  clock: AccountContext['clock'];
  tables: Pick<Tables, 'projects' | 'unpublished'> & WorkspaceTables;
  workspacesBucket: Bucket;
  jobs: Pick<JobExecutions, 'stop'>;
}

/** Is told of the end of the jobs that processes have ordered. */
export interface JobFollower {
  /** Writes for the transaction that ends a job. */
  writes(job: JobRow, state: 'complete' | 'failed'): Write[];
  /** Called after that transaction, at least once unless the function dies. */
  ended(job: JobRow): Promise<void>;
}

/** Everything that work on workspaces and jobs needs. */
export interface WorkspacesContext extends AccountContext {
  log: Log;
  tables: Tables & WorkspaceTables;
  workspacesBucket: Bucket & { s3: S3Client };
  configuration: WorkspacesConfiguration;
  jobs: JobExecutions;
  /** Where people sign in by Globus. */
  globus?: { client: GlobusClient; allowedGroups: readonly string[] } | undefined;
  /** Absent where no job ends. */
  follower?: JobFollower;
  /** Address of the proxy, below whose host each job's server has one of its own; empty without a proxy. */
  jobsUrl: string;
}
